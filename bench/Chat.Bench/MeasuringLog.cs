using ChittyChat.Peer.Chat;

namespace ChittyChat.Chat.Bench;

/// <summary>Writes the chat log into a file as a peer does, and takes the time when the lines are written.</summary>
internal sealed class MeasuringLog(string path) : IChatLog, IDisposable
{
    // One bucket for each microsecond, up to a tenth of a second; the last is for all above.
    public const int Buckets = 100_001;

    private readonly ChatLogWriter _writer = new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0));
    private readonly long[] _latency = new long[Buckets];
    private long _messages;
    private long _writtenAt;
    private volatile bool _measuring;

    /// <summary>How many messages (no joins and leaves) were written.</summary>
    public long Messages => Volatile.Read(ref _messages);

    /// <summary>When the newest of them was: microseconds since the Unix epoch.</summary>
    public long WrittenAt => Volatile.Read(ref _writtenAt);

    /// <summary>Microseconds from Publish until written, by bucket.</summary>
    public IReadOnlyList<long> Latency => _latency;

    /// <summary>Forgets what was measured so far, and measures or not from now on.</summary>
    public void Restart(bool measuring)
    {
        _measuring = measuring;
        Array.Clear(_latency);
        Volatile.Write(ref _messages, 0);
    }

    public void Write(ReadOnlySpan<Delivery> deliveries)
    {
        _writer.Write(deliveries);
        var now = Now();
        long messages = 0;
        foreach (ref readonly var delivery in deliveries)
        {
            if (delivery.Kind == EventKind.Message)
            {
                messages++;
                if (_measuring)
                {
                    _latency[Math.Clamp(now - delivery.PublishedUnixMicroseconds, 0, Buckets - 1)]++;
                }
            }
        }

        Volatile.Write(ref _writtenAt, now);
        Volatile.Write(ref _messages, _messages + messages);
    }

    public void Dispose() => _writer.Dispose();

    /// <summary>Microseconds since the Unix epoch; all processes of a machine read the same clock.</summary>
    public static long Now() => (TimeProvider.System.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;
}
