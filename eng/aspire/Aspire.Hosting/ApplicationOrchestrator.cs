using System.Collections.Concurrent;
using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>Starts and stops the resources through DCP, in the order of their dependencies, and publishes what DCP says about them.</summary>
internal sealed class ApplicationOrchestrator(
    DistributedApplicationModel model,
    DashboardSettings dashboard,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    ResourceHealth health,
    ILogger<DistributedApplication> logger) : IAsyncDisposable
{
    // All of it has to fit into the ten seconds that whoever presses Ctrl-C is ready to wait.
    private static readonly TimeSpan SaysGoodbyeWithin = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan AllEndWithin = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan KilledWithin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly ConcurrentQueue<Task> _background = new();
    private Dictionary<IResource, ResourceRun> _runs = [];
    private DcpClient? _dcp;

    /// <summary>Gives every endpoint its port and every resource its first state.</summary>
    public async Task PrepareAsync()
    {
        var ports = new FreePorts();
        foreach (var endpoint in model.Resources.SelectMany(r => r.Annotations.OfType<EndpointAnnotation>()))
        {
            endpoint.AllocatedPort = endpoint.Port ?? ports.Take();
        }

        _runs = model.Resources.Where(r => r is ProjectResource or ExecutableResource or ContainerResource).ToDictionary(r => r, r => new ResourceRun(r));
        foreach (var resource in model.Resources)
        {
            await notifications.PublishUpdateAsync(resource, s => s with
            {
                Properties = [.. s.Properties, .. PropertiesOf(resource)],
                State = s.State ?? (resource.Has<ExplicitStartAnnotation>() ? KnownResourceStates.NotStarted : KnownResourceStates.Starting),
                Urls = [.. UrlsOf(resource, active: false)],
            });
        }
    }

    /// <summary>Starts DCP and everything that is not to be started by hand; what waits for something goes on waiting in the background.</summary>
    public async Task StartAsync(DcpClient dcp, CancellationToken cancellationToken)
    {
        _dcp = dcp;
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var kind in _runs.Values.Select(r => r.Kind).Distinct())
        {
            _background.Enqueue(WatchAsync(kind));
        }

        foreach (var resource in _runs.Keys.Where(r => !r.Has<ExplicitStartAnnotation>()))
        {
            _background.Enqueue(StartInBackgroundAsync(resource));
        }

        _background.Enqueue(SayWhenAllHealthyAsync(TimeProvider.System.GetTimestamp()));
        await Task.CompletedTask;
    }

    /// <summary>Starts a resource once what it waits for is healthy; returns when DCP has it.</summary>
    public async Task StartResourceAsync(IResource resource, CancellationToken cancellationToken)
    {
        var run = _runs[resource];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        await run.Gate.WaitAsync(stop.Token);
        try
        {
            if (notifications.TryGetCurrentState(resource.GetId(), out var now) && now.Snapshot.State?.Text == KnownResourceStates.Running)
            {
                return;
            }

            var dependencies = resource.Annotations.OfType<WaitAnnotation>().Select(a => a.Dependency.Name).ToArray();
            if (dependencies.Length > 0)
            {
                await PublishAsync(resource, KnownResourceStates.Waiting);
                await Task.WhenAll(dependencies.Select(d =>
                    notifications.WaitForResourceHealthyAsync(d, WaitBehavior.WaitOnResourceUnavailable, stop.Token)));
            }

            var spec = await ResourceSpec.ResolveAsync(resource, dashboard.TelemetryEnvironment, stop.Token);
            await notifications.PublishUpdateAsync(resource, s => s with
            {
                State = KnownResourceStates.Starting,
                ExitCode = null,
                StopTimeStamp = null,
                Properties = [.. PropertiesOf(resource), .. spec.Properties(resource)],
                EnvironmentVariables = [.. spec.Environment.OrderBy(e => e.Key).Select(e => new EnvironmentVariableSnapshot(e.Key, e.Value, IsFromSpec: true))],
            });
            if (run.DcpName is { } old)
            {
                await _dcp!.DeleteAsync(run.Kind, old, stop.Token);
            }

            await _dcp!.CreateAsync(run.Kind, run.Next(), spec.ToDcp(resource), stop.Token);
        }
        catch (OperationCanceledException)
        {
            await PublishAsync(resource, KnownResourceStates.NotStarted);
            throw;
        }
        catch (Exception)
        {
            await PublishAsync(resource, KnownResourceStates.FailedToStart);
            throw;
        }
        finally
        {
            run.Gate.Release();
        }
    }

    /// <summary>Stops a resource; returns when it has ended. DCP kills what does not end by itself.</summary>
    public async Task StopResourceAsync(IResource resource, CancellationToken cancellationToken)
    {
        var run = _runs[resource];
        await run.Gate.WaitAsync(cancellationToken);
        try
        {
            if (run is { DcpName: { } name, HasEnded: false })
            {
                await _dcp!.StopAsync(run.Kind, name, cancellationToken);
                await WaitForEndAsync(run, cancellationToken);
            }
        }
        finally
        {
            run.Gate.Release();
        }
    }

    /// <summary>Stops everything: first what others do not depend on, so that a peer can still say goodbye to the registry.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        if (_dcp is null)
        {
            return;
        }

        using var deadline = new CancellationTokenSource(AllEndWithin, TimeProvider.System);
        var alive = _runs.Values.Where(r => r is { DcpName: not null, HasEnded: false }).ToHashSet();
        while (alive.Count > 0)
        {
            // The dashboard goes with the last of them: until then it shows what happens, and takes the telemetry.
            var needed = alive.SelectMany(r => r.Resource.Annotations.OfType<WaitAnnotation>()).Select(a => a.Dependency).ToHashSet();
            var isLast = needed.Count == 0;
            var next = alive.Where(r => !needed.Contains(r.Resource) && (isLast || r.Resource.Name != DashboardSettings.ResourceName)).ToArray();
            await Task.WhenAll(next.Select(r => EndAsync(r, deadline.Token)));
            alive.ExceptWith(next);
        }

        await _stopped.CancelAsync();
        await _dcp.ShutDownAsync();
        foreach (var task in _background)
        {
            try
            {
                await task;
            }
            catch (OperationCanceledException)
            {
                // That is how they end.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var run in _runs.Values)
        {
            run.Dispose();
        }

        _stopping.Dispose();
        _stopped.Dispose();
        if (_dcp is not null)
        {
            await _dcp.DisposeAsync();
        }
    }

    private async Task StartInBackgroundAsync(IResource resource)
    {
        try
        {
            await StartResourceAsync(resource, _stopping.Token);
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            // One resource that cannot be started must not keep the others from running.
            Log.StartFailed(logger, e, resource.Name);
        }
    }

    private async Task SayWhenAllHealthyAsync(long since)
    {
        await Task.WhenAll(model.Resources.Where(r => !r.Has<ExplicitStartAnnotation>()).Select(r =>
            notifications.WaitForResourceHealthyAsync(r.Name, WaitBehavior.WaitOnResourceUnavailable, _stopping.Token)));
        Log.AllHealthy(logger, TimeProvider.System.GetElapsedTime(since).TotalSeconds);
    }

    private async Task WatchAsync(string kind)
    {
        while (!_stopped.IsCancellationRequested)
        {
            try
            {
                await foreach (var status in _dcp!.WatchAsync(kind, _stopped.Token))
                {
                    await ApplyAsync(status);
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                Log.DcpLost(logger, e);
            }

            await Task.Delay(BetweenAttempts, TimeProvider.System, _stopped.Token);
        }
    }

    private async Task ApplyAsync(DcpStatus status)
    {
        // Statuses of earlier runs still come in after a restart.
        if (_runs.Values.FirstOrDefault(r => r.DcpName == status.Name) is not { } run || string.IsNullOrEmpty(status.State))
        {
            return;
        }

        var state = status.State switch
        {
            "Terminated" => KnownResourceStates.Exited,
            "Pending" or "Building" or "Unknown" => KnownResourceStates.Starting,
            var known => known,
        };
        var (wasRunning, isRunning) = (run.IsRunning, state == KnownResourceStates.Running);
        run.Pid = status.Pid;
        run.IsRunning = isRunning;
        run.HasEnded = KnownResourceStates.TerminalStates.Contains(state);
        await notifications.PublishUpdateAsync(run.Resource, s => s with
        {
            State = state,
            StartTimeStamp = status.Started,
            StopTimeStamp = status.Finished,
            ExitCode = run.HasEnded ? status.ExitCode : null,
            Properties = [.. s.Properties.Where(p => p.Name is not ("executable.pid" or "resource.exitCode")), .. Changing()],
            Urls = [.. UrlsOf(run.Resource, isRunning)],
            HealthReports = !isRunning ? [] : wasRunning ? s.HealthReports : [.. ResourceHealth.Unknown(run.Resource)],
        });
        if (isRunning && !wasRunning)
        {
            run.Health = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            _background.Enqueue(health.WatchAsync(run.Resource, run.Health.Token));
        }
        else if (!isRunning)
        {
            run.StopHealth();
        }

        if (!run.ReadsLog)
        {
            run.ReadsLog = true;
            _background.Enqueue(ReadLogAsync(run, status.Name, "stdout"));
            _background.Enqueue(ReadLogAsync(run, status.Name, "stderr"));
        }

        IEnumerable<ResourcePropertySnapshot> Changing()
        {
            if (status.Pid is { } pid)
            {
                yield return new ResourcePropertySnapshot("executable.pid", pid);
            }

            if (run.HasEnded && status.ExitCode is { } exitCode)
            {
                yield return new ResourcePropertySnapshot("resource.exitCode", exitCode);
            }
        }
    }

    private async Task ReadLogAsync(ResourceRun run, string name, string source)
    {
        try
        {
            await foreach (var line in _dcp!.ReadLogAsync(run.Kind, name, source, _stopped.Token))
            {
                loggers.Append(run.Resource, line, isError: source == "stderr");
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or DistributedApplicationException)
        {
            // The run was deleted, or DCP ended; either way there is nothing more to read.
            Log.LogEnded(logger, e, run.Resource.Name);
        }
    }

    private async Task EndAsync(ResourceRun run, CancellationToken deadline)
    {
        using var patience = new CancellationTokenSource(SaysGoodbyeWithin, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, deadline);
        try
        {
            await _dcp!.StopAsync(run.Kind, run.DcpName!, stop.Token);
            await WaitForEndAsync(run, stop.Token);
        }
        catch (OperationCanceledException)
        {
            Log.Killed(logger, run.Resource.Name, SaysGoodbyeWithin.TotalSeconds);
            await KillAsync(run);
        }
        catch (Exception e) when (e is HttpRequestException or DistributedApplicationException)
        {
            // Without DCP: by ourselves.
            Log.DcpLost(logger, e);
            await KillAsync(run);
        }
    }

    private async Task KillAsync(ResourceRun run)
    {
        if (run.Pid is not { } pid)
        {
            return;
        }

        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill(entireProcessTree: true);
            using var timeout = new CancellationTokenSource(KilledWithin, TimeProvider.System);
            await WaitForEndAsync(run, timeout.Token);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or OperationCanceledException)
        {
            // It has ended by itself meanwhile, or DCP takes its time to notice.
            Log.LogEnded(logger, e, run.Resource.Name);
        }
    }

    private Task<ResourceEvent> WaitForEndAsync(ResourceRun run, CancellationToken cancellationToken) =>
        notifications.WaitForResourceAsync(run.Resource.Name, _ => run.HasEnded, cancellationToken);

    private Task PublishAsync(IResource resource, string state) => notifications.PublishUpdateAsync(resource, s => s with { State = state });

    private static IEnumerable<ResourcePropertySnapshot> PropertiesOf(IResource resource)
    {
        if (resource.Annotations.OfType<IProjectMetadata>().SingleOrDefault() is { } project)
        {
            yield return new ResourcePropertySnapshot("project.path", project.ProjectPath);
        }

        if (resource.Annotations.OfType<RelationshipAnnotation>().FirstOrDefault(r => r.Type == "Parent") is { } parent)
        {
            yield return new ResourcePropertySnapshot("resource.parentName", parent.Resource.GetId());
        }
    }

    private static IEnumerable<UrlSnapshot> UrlsOf(IResource resource, bool active)
    {
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            var url = new ResourceUrlAnnotation { Url = new EndpointReference((IResourceWithEndpoints)resource, endpoint.Name).Url };
            foreach (var change in resource.Annotations.OfType<UrlAnnotation>().Where(a => a.EndpointName == endpoint.Name))
            {
                change.Change(url);
            }

            yield return new UrlSnapshot(endpoint.Name, url.Url, IsInternal: url.DisplayLocation == UrlDisplayLocation.DetailsOnly)
            {
                IsInactive = !active,
                DisplayProperties = new UrlDisplayPropertiesSnapshot(url.DisplayText ?? ""),
            };
        }
    }
}
