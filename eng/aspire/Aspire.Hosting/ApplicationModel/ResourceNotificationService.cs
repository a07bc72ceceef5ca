using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

public enum WaitBehavior
{
    WaitOnResourceUnavailable,
    StopOnResourceUnavailable,
}

/// <summary>The state of a resource after a change.</summary>
public sealed class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    public IResource Resource => resource;

    public string ResourceId => resourceId;

    public CustomResourceSnapshot Snapshot => snapshot;
}

/// <summary>
/// Holds the state of every resource and tells who waits for it. A watcher sees the newest state of each resource;
/// states that were left again before it looked are passed over, so nothing queues up for a slow one.
/// </summary>
public sealed class ResourceNotificationService
{
    private readonly ConcurrentDictionary<string, (long Version, ResourceEvent Event)> _states = new();
    private long _version;
    private TaskCompletionSource _changed = NewSignal();

    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        var id = resource.GetId();
        _states.AddOrUpdate(id, _ => Next(Initial(resource)), (_, old) => Next(old.Event.Snapshot));
        Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
        return Task.CompletedTask;

        (long, ResourceEvent) Next(CustomResourceSnapshot old)
        {
            var next = stateFactory(old);
            var commands = resource.Annotations.OfType<ResourceCommandAnnotation>().Select(c => c.Snapshot(next));
            return (Interlocked.Increment(ref _version), new ResourceEvent(resource, id, next with { Commands = [.. commands] }));
        }
    }

    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var seen = new Dictionary<string, long>();
        while (true)
        {
            // Taken before looking, so that a change during the look is not missed.
            var changed = Volatile.Read(ref _changed).Task;
            foreach (var (id, (version, change)) in _states.OrderBy(s => s.Value.Version).ToArray())
            {
                if (seen.GetValueOrDefault(id) < version)
                {
                    seen[id] = version;
                    yield return change;
                }
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        resourceEvent = _states.TryGetValue(resourceId, out var state) ? state.Event : null;
        return resourceEvent is not null;
    }

    public async Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        await WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    public async Task<string> WaitForResourceAsync(
        string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var states = targetStates.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var reached = await WaitForResourceAsync(resourceName, e => e.Snapshot.State is { } state && states.Contains(state.Text), cancellationToken);
        return reached.Snapshot.State!.Text;
    }

    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (var change in WatchAsync(cancellationToken))
        {
            if (string.Equals(change.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase) && predicate(change))
            {
                return change;
            }
        }

        throw new OperationCanceledException($"The application ended before '{resourceName}' reached the expected state.");
    }

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, WaitBehavior.StopOnResourceUnavailable, cancellationToken);

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var reached = await WaitForResourceAsync(
            resourceName,
            e => e.Snapshot.HealthStatus == HealthStatus.Healthy
                || (waitBehavior == WaitBehavior.StopOnResourceUnavailable && IsTerminal(e.Snapshot)),
            cancellationToken);
        return reached.Snapshot.HealthStatus == HealthStatus.Healthy
            ? reached
            : throw new DistributedApplicationException(
                $"Resource '{resourceName}' will not become healthy: it is in state {reached.Snapshot.State?.Text}, exit code {reached.Snapshot.ExitCode}.");
    }

    internal static bool IsTerminal(CustomResourceSnapshot snapshot) =>
        snapshot.State is { } state && KnownResourceStates.TerminalStates.Contains(state.Text);

    private static CustomResourceSnapshot Initial(IResource resource)
    {
        var snapshot = resource.Annotations.OfType<InitialStateAnnotation>().LastOrDefault()?.Snapshot ?? new CustomResourceSnapshot
        {
            ResourceType = resource switch
            {
                ProjectResource => "Project",
                ExecutableResource => "Executable",
                ContainerResource => "Container",
                _ => resource.GetType().Name,
            },
            Properties = [],
        };
        return snapshot with
        {
            CreationTimeStamp = snapshot.CreationTimeStamp ?? TimeProvider.System.GetUtcNow().UtcDateTime,
            Relationships = [.. resource.Annotations.OfType<RelationshipAnnotation>().Select(r => new RelationshipSnapshot(r.Resource.Name, r.Type))],
        };
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
