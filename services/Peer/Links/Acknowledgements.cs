using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Chat;
using Grpc.Core;

namespace ChittyChat.Peer.Links;

/// <summary>Tells the sender now and then how far its messages have been delivered.</summary>
internal sealed class Acknowledgements : IDisposable
{
    private readonly IServerStreamWriter<LinkReply> _replies;
    private readonly SessionId _session;
    private readonly AsyncSignal _due = new();
    private readonly ITimer _timer;
    private ulong _delivered;
    private ulong _acknowledged;
    private bool _armed;
    private bool _complete;

    public Acknowledgements(IServerStreamWriter<LinkReply> replies, SessionId session, ulong delivered, TimeProvider time)
    {
        _replies = replies;
        _session = session;
        _delivered = delivered;
        _acknowledged = delivered;
        _timer = time.CreateTimer(_ => _due.Set(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Everything up to this number has been delivered.</summary>
    public void Delivered(ulong sequence)
    {
        Interlocked.Exchange(ref _delivered, sequence);
        if (sequence - Volatile.Read(ref _acknowledged) >= LinkRules.AcknowledgedMessages)
        {
            _due.Set();
        }
        else if (!Volatile.Read(ref _armed))
        {
            Volatile.Write(ref _armed, true);
            _timer.Change(LinkRules.AcknowledgementDelay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>No more is to be written by this.</summary>
    public void Complete()
    {
        Volatile.Write(ref _complete, true);
        _due.Set();
    }

    /// <summary>Writes what is due, until <see cref="Complete"/>.</summary>
    public async Task RunAsync(CancellationToken ending)
    {
        try
        {
            while (true)
            {
                await _due.WaitAsync();
                if (Volatile.Read(ref _complete))
                {
                    return;
                }

                // First disarmed, then read: what is delivered from now on arms the timer again.
                Interlocked.Exchange(ref _armed, false);
                var delivered = Volatile.Read(ref _delivered);
                if (delivered > _acknowledged)
                {
                    Volatile.Write(ref _acknowledged, delivered);
                    await _replies.WriteAsync(new LinkReply { Session = _session.Value, Delivered = delivered }, ending);
                }
            }
        }
        catch (Exception over) when (over is OperationCanceledException or IOException or InvalidOperationException or RpcException)
        {
            // The call is over; whoever reads its frames notices too.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
