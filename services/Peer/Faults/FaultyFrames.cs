using ChittyChat.Contracts.PeerLinks;
using Grpc.Core;

namespace ChittyChat.Peer.Faults;

/// <summary>
/// The frames that another peer sends on a link, later than they come when the network to it is slow, lossy or cut; always in their order.
/// </summary>
internal sealed class FaultyFrames(IAsyncStreamReader<ReceivedLinkFrame> inner, FaultInjector faults, string member, TimeProvider time)
    : IAsyncStreamReader<ReceivedLinkFrame>
{
    // When so many are held back, no more are read, and the sender waits.
    private const int HeldLimit = 256;

    private readonly Queue<(ReceivedLinkFrame Frame, long Due)> _held = [];
    private Task<bool>? _reading;
    private long _latestDue;
    private bool _ended;

    public ReceivedLinkFrame Current { get; private set; } = null!;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (_held.Count == 0 && _reading is null && !_ended)
        {
            if (!await inner.MoveNext(cancellationToken))
            {
                return false;
            }

            Current = inner.Current;
            if (faults.Current.IsEmpty)
            {
                return true;
            }

            Hold(Current);
        }

        return await MoveHeldAsync(cancellationToken);
    }

    private async Task<bool> MoveHeldAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_held.TryPeek(out var first))
            {
                var wait = time.GetElapsedTime(time.GetTimestamp(), first.Due);
                if (wait <= TimeSpan.Zero)
                {
                    await faults.WhileCutAsync(member, FaultDirections.In, cancellationToken);
                    Current = _held.Dequeue().Frame;
                    return true;
                }

                var due = Task.Delay(wait, time, cancellationToken);
                await (_held.Count < HeldLimit && !_ended ? Task.WhenAny(ReadingAsync(cancellationToken), due) : due);
                cancellationToken.ThrowIfCancellationRequested();
            }
            else if (_ended)
            {
                return false;
            }
            else
            {
                await Task.WhenAny(ReadingAsync(cancellationToken));
            }

            if (_reading is { IsCompleted: true } read)
            {
                _reading = null;
                if (await read)
                {
                    Hold(inner.Current);
                }
                else
                {
                    _ended = true;
                }
            }
        }
    }

    private Task<bool> ReadingAsync(CancellationToken cancellationToken) => _reading ??= inner.MoveNext(cancellationToken);

    private void Hold(ReceivedLinkFrame frame)
    {
        var late = faults.Lateness(member);
        _latestDue = Math.Max(_latestDue, time.GetTimestamp() + (long)(late.TotalSeconds * time.TimestampFrequency));
        _held.Enqueue((frame, _latestDue));
    }
}
