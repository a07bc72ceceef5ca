using ChittyChat.Contracts.V1;
using Grpc.Core;

namespace ChittyChat.Dashboard.Observation;

/// <summary>Watches every peer whose address the picture names, and stops when it names it no more.</summary>
internal sealed class PeerWatchers(LabObserver observer, Reconnection reconnection) : BackgroundService
{
    private readonly Dictionary<Uri, Watch> _watches = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var view in observer.FollowAsync(stoppingToken))
            {
                var gone = _watches.Keys.Except(view.Addresses).ToArray();
                await Task.WhenAll(gone.Select(GiveUpAsync));
                foreach (var address in view.Addresses.Except(_watches.Keys).ToArray())
                {
                    _watches.Add(address, new Watch(stop => WatchAsync(address, stop), stoppingToken));
                }
            }
        }
        finally
        {
            await Task.WhenAll(_watches.Keys.ToArray().Select(GiveUpAsync));
        }
    }

    private async Task GiveUpAsync(Uri address)
    {
        if (_watches.Remove(address, out var watch))
        {
            await watch.DisposeAsync();
        }
    }

    private Task WatchAsync(Uri address, CancellationToken stop) => reconnection.RunAsync(
        address,
        async (channel, heard, cancellationToken) =>
        {
            using var call = new Lab.LabClient(channel).Watch(
                new WatchPeerRequest { Backlog = MessageBook.Capacity }, cancellationToken: cancellationToken);
            await foreach (var said in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                heard();
                observer.Tell((model, now) => model.PeerSaid(address, said, now));
            }
        },
        reason => observer.Tell((model, now) => model.PeerLost(address, reason, now)),
        stop);

    private sealed class Watch : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop;
        private readonly Task _watching;

        public Watch(Func<CancellationToken, Task> watch, CancellationToken stoppingToken)
        {
            _stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            _watching = watch(_stop.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _watching;
            _stop.Dispose();
        }
    }
}
