using Grpc.Core;
using Grpc.Net.Client;

namespace ChittyChat.Dashboard.Observation;

/// <summary>Watches something for as long as the page runs: whatever ends a watch is told, and the watch begins again after a while.</summary>
internal sealed class Reconnection(Jitter jitter, TimeProvider time, DashboardMetrics metrics, ILogger<Reconnection> logger)
{
    // A peer that hangs keeps its connection open and silent; only unanswered pings show it.
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    /// <param name="address">What is watched.</param>
    /// <param name="watch">Watches until the stream ends; calls its second argument whenever something was heard.</param>
    /// <param name="lost">Is told why a watch ended.</param>
    /// <param name="cancellationToken">Ends the watching, without an exception.</param>
    public async Task RunAsync(
        Uri address, Func<GrpcChannel, Action, CancellationToken, Task> watch, Action<string> lost, CancellationToken cancellationToken)
    {
        using var channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = ConnectTimeout,
                KeepAlivePingDelay = Ping,
                KeepAlivePingTimeout = Ping,
                EnableMultipleHttp2Connections = true,
            },
            DisposeHttpClient = true,
        });
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            string reason;
            try
            {
                await watch(channel, () => failures = 0, cancellationToken);
                reason = "it ended the stream";
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (RpcException e)
            {
                reason = e.Describe();
            }
            catch (Exception e)
            {
                logger.WatchBroke(address, e);
                reason = e.Message;
            }

            failures++;
            metrics.WatchEnded();
            if (failures == 1)
            {
                logger.WatchEnded(address, reason);
            }

            lost(reason);
            await Task.Delay(jitter.After(failures), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
