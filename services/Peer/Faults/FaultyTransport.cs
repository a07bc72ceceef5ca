using System.Net;
using System.Net.Sockets;
using ChittyChat.Membership;

namespace ChittyChat.Peer.Faults;

/// <summary>The gossip's network with faults in it. What passes unharmed costs one look at whether there are any.</summary>
internal sealed class FaultyTransport(ITransport inner, FaultInjector faults, TimeProvider time) : ITransport
{
    // Held back in each direction; what exceeds it is lost.
    private const int HeldLimit = 4_096;
    private const int LongestDatagram = 65_536;

    private readonly Lock _sending = new();
    private readonly PriorityQueue<Held, long> _held = new();
    private byte[]? _buffer;
    private Task<ReceivedDatagram>? _receiving;
    private int _heldOut;
    private bool _disposed;

    public IPEndPoint LocalEndPoint => inner.LocalEndPoint;

    public void Send(ReadOnlySpan<byte> datagram, IPEndPoint destination)
    {
        switch (faults.Judge(destination, FaultDirections.Out))
        {
            case null:
                break;
            case { } late when late > TimeSpan.Zero:
                SendLater(datagram.ToArray(), destination, late);
                break;
            default:
                SendNow(datagram, destination);
                break;
        }
    }

    public async ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (_held.Count == 0 && _receiving is null)
        {
            var received = await inner.ReceiveAsync(buffer, cancellationToken);
            switch (faults.Judge(received.From, FaultDirections.In))
            {
                case null:
                    break;
                case { } late when late > TimeSpan.Zero:
                    Hold(buffer.Span[..received.Length], received.From, late);
                    break;
                default:
                    return received;
            }
        }

        return await ReceiveHeldAsync(buffer, cancellationToken);
    }

    public async Task<Stream> ConnectAsync(IPEndPoint destination, CancellationToken cancellationToken)
    {
        if (faults.NameOf(destination) is { } member)
        {
            // As in a real network, nobody says that the way is cut: the caller waits for as long as it is willing to.
            await faults.WhileCutAsync(member, FaultDirections.Both, cancellationToken);
            await Task.Delay(faults.Lateness(member), time, cancellationToken);
        }
        else
        {
            await faults.WhileCutAsync(FaultInjector.Everybody, FaultDirections.Both, cancellationToken);
        }

        return await inner.ConnectAsync(destination, cancellationToken);
    }

    public Task<AcceptedConnection> AcceptAsync(CancellationToken cancellationToken) => inner.AcceptAsync(cancellationToken);

    public bool Serves(string member)
    {
        if (!faults.IsCut(member, FaultDirections.Both))
        {
            return true;
        }

        faults.Count("cut", "stream");
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        lock (_sending)
        {
            _disposed = true;
        }

        await inner.DisposeAsync();
    }

    private void SendNow(ReadOnlySpan<byte> datagram, IPEndPoint destination)
    {
        // What was held back comes from the threads of timers.
        lock (_sending)
        {
            if (!_disposed)
            {
                inner.Send(datagram, destination);
            }
        }
    }

    private void SendLater(byte[] datagram, IPEndPoint destination, TimeSpan late)
    {
        if (Interlocked.Increment(ref _heldOut) > HeldLimit)
        {
            Interlocked.Decrement(ref _heldOut);
            faults.Count("loss", "datagram");
            return;
        }

        ITimer? timer = null;
        timer = time.CreateTimer(_ =>
        {
            Interlocked.Decrement(ref _heldOut);
            try
            {
                SendNow(datagram, destination);
            }
            catch (SocketException)
            {
                // As good as lost on the way.
            }

            Volatile.Read(ref timer)?.Dispose();
        }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        timer.Change(late, Timeout.InfiniteTimeSpan);
    }

    // One reader only, so nothing here is shared.
    private async ValueTask<ReceivedDatagram> ReceiveHeldAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_held.TryPeek(out var first, out var due))
            {
                var wait = time.GetElapsedTime(time.GetTimestamp(), due);
                if (wait <= TimeSpan.Zero)
                {
                    _held.Dequeue();
                    first.Datagram.CopyTo(buffer);
                    return new ReceivedDatagram(first.Datagram.Length, first.From);
                }

                await Task.WhenAny(ReceivingAsync(cancellationToken), Task.Delay(wait, time, cancellationToken));
            }
            else
            {
                await Task.WhenAny(ReceivingAsync(cancellationToken));
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (_receiving is { IsCompleted: true } done)
            {
                _receiving = null;
                var received = await done;
                if (faults.Judge(received.From, FaultDirections.In) is { } late)
                {
                    // Also what is not late, so that it takes its turn behind what is due.
                    Hold(_buffer.AsSpan(0, received.Length), received.From, late);
                }
            }
        }
    }

    private Task<ReceivedDatagram> ReceivingAsync(CancellationToken cancellationToken) =>
        _receiving ??= inner.ReceiveAsync(_buffer ??= new byte[LongestDatagram], cancellationToken).AsTask();

    private void Hold(ReadOnlySpan<byte> datagram, IPEndPoint from, TimeSpan late)
    {
        if (_held.Count < HeldLimit)
        {
            _held.Enqueue(new Held(datagram.ToArray(), from), time.GetTimestamp() + (long)(late.TotalSeconds * time.TimestampFrequency));
        }
        else
        {
            faults.Count("loss", "datagram");
        }
    }

    private sealed record Held(byte[] Datagram, IPEndPoint From);
}
