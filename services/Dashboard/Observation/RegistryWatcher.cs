using ChittyChat.Contracts.V1;
using Grpc.Core;

namespace ChittyChat.Dashboard.Observation;

/// <summary>Hands on what the registry says.</summary>
internal sealed class RegistryWatcher(Uri registry, LabObserver observer, Reconnection reconnection) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => reconnection.RunAsync(
        registry,
        async (channel, heard, cancellationToken) =>
        {
            // Always from a snapshot: it says at once that the registry answers, where a resumed watch would be silent until something changes.
            using var call = new Registry.RegistryClient(channel).Watch(new WatchRequest(), cancellationToken: cancellationToken);
            await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                heard();
                observer.Tell((model, now) => model.RegistrySaid(response, now));
            }
        },
        reason => observer.Tell((model, now) => model.RegistryLost(reason, now)),
        stoppingToken);
}
