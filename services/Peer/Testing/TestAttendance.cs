using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Options;
using ChittyChat.Peer.Registry;
using Grpc.Core;
using Grpc.Net.Client;

namespace ChittyChat.Peer.Testing;

/// <summary>This peer at a test server: attends from when it is in the chat until it has said goodbye, and comes back when the test server was away.</summary>
internal sealed class TestAttendance(
    PeerOptions options, ChatPeer chat, PeerLifecycle lifecycle, LineRunner runner, TimeProvider time, Random random, ILogger<TestAttendance> logger) : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWordsTimeout = TimeSpan.FromSeconds(1);

    // Drawn here and not later, because nothing else uses the source while the host is being built.
    private readonly Random _random = new(random.Next());
    private readonly CancellationTokenSource _stopped = new();
    private Task _attending = Task.CompletedTask;
    private volatile AttendanceCall? _call;
    private volatile bool _isLeaving;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (options.TestServer is { } address)
        {
            _attending = Task.Run(() => AttendAsync(address, _stopped.Token), CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After the goodbye, which is reported as well.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        _isLeaving = true;
        _call?.Leave();
        using var timeout = new CancellationTokenSource(LastWordsTimeout, time);
        try
        {
            await (_call is null ? Task.CompletedTask : _attending.WaitAsync(timeout.Token));
        }
        catch (OperationCanceledException)
        {
            // The test server does not listen.
        }

        await _stopped.CancelAsync();
        await _attending;
    }

    public void Dispose() => _stopped.Dispose();

    private async Task AttendAsync(Uri address, CancellationToken cancellationToken)
    {
        using var untraced = Untraced.Begin("test attendance");
        using var channel = GrpcChannel.ForAddress(address);
        var client = new TestCoordinator.TestCoordinatorClient(channel);
        var outage = new Outage(logger, "test server", "this peer takes part in no test until it is back");
        try
        {
            await lifecycle.Joined.WaitAsync(cancellationToken);
            while (!cancellationToken.IsCancellationRequested)
            {
                using var call = client.Attend(cancellationToken: cancellationToken);
                var attendance = _call = new AttendanceCall(chat, lifecycle, runner.RunAsync, call);
                try
                {
                    await attendance.RunAsync(outage.Succeeded, cancellationToken);
                    if (_isLeaving)
                    {
                        return;
                    }

                    outage.Failed("it ended the call");
                }
                catch (Exception e) when (e is RpcException or IOException or InvalidOperationException && !cancellationToken.IsCancellationRequested)
                {
                    // A call that ends while something is written to it says so in several ways.
                    outage.Failed(e is RpcException rpc ? RegistryLease.Reason(rpc) : e.Message);
                }
                finally
                {
                    _call = null;
                }

                await Task.Delay(RetryDelay * (0.5 + _random.NextDouble()), time, cancellationToken);
            }
        }
        catch (Exception e) when (e is OperationCanceledException || (e is RpcException or IOException or InvalidOperationException && cancellationToken.IsCancellationRequested))
        {
            // The peer has ended, or never joined.
        }
    }
}
