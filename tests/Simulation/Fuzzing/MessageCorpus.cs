using System.Net;
using ChittyChat.Membership;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Simulation.Fuzzing;

/// <summary>A sound message of every kind.</summary>
internal static class MessageCorpus
{
    /// <summary>The name of the node that the messages are for.</summary>
    public const string Target = "target";

    private static readonly Member Source = new(
        "source", new IPEndPoint(IPAddress.Loopback, 7001), MemberTags.Encode([new("mood", "happy")]), MemberState.Alive, new Incarnation(200), ProtocolVersions.Serf);

    /// <summary>What can be the plain content of a datagram, by name.</summary>
    public static IReadOnlyDictionary<string, byte[]> Datagrams { get; } = MakeDatagrams();

    /// <summary>What can be the plain content of a stream, by name.</summary>
    public static IReadOnlyDictionary<string, byte[]> Streams { get; } = MakeStreams();

    private static Dictionary<string, byte[]> MakeDatagrams()
    {
        var all = new Dictionary<string, byte[]>
        {
            ["ping"] = Write(w => w.WritePing(70_000, Target, Source)),
            ["indirect ping"] = Write(w => w.WriteIndirectPing(300, Source, nack: true, Source)),
            ["ack"] = Write(w => w.WriteAck(5, "payload"u8)),
            ["nack"] = Write(w => w.WriteNack(5)),
            ["suspect"] = Write(w => w.WriteAccusation(MessageType.Suspect, new Incarnation(200), "source", "accuser")),
            ["suspect target"] = Write(w => w.WriteAccusation(MessageType.Suspect, new Incarnation(70_000), Target, "accuser")),
            ["suspect with the highest incarnation"] = Write(w => w.WriteAccusation(MessageType.Suspect, new Incarnation(uint.MaxValue - 1), Target, "accuser")),
            ["dead"] = Write(w => w.WriteAccusation(MessageType.Dead, new Incarnation(200), "source", "accuser")),
            ["leave"] = Write(w => w.WriteAccusation(MessageType.Dead, new Incarnation(200), "source", "source")),
            ["alive"] = Write(w => w.WriteAlive(Source with { Incarnation = new Incarnation(70_001) })),
            ["alive with the highest incarnation"] = Write(w => w.WriteAlive(Source with { Incarnation = new Incarnation(uint.MaxValue - 1) })),
            ["user"] = [(byte)MessageType.User, 3, 1, 2],
        };
        var compound = Compound([.. all.Values]);
        all["compound"] = compound;
        all["nested compound"] = Compound([compound, all["ping"], compound]);
        all["compressed"] = Compressed(all["alive"]);
        all["compressed compound"] = Compressed(compound);
        all["compound of compressed"] = Compound([Compressed(all["suspect"]), Compressed(compound)]);
        return all;
    }

    private static Dictionary<string, byte[]> MakeStreams()
    {
        var all = new Dictionary<string, byte[]>
        {
            ["ping"] = Write(w => w.WritePing(1, Target, Source)),
            ["ack"] = Write(w => w.WriteAck(1, default)),
            ["user"] = Write(w =>
            {
                w.WriteUserHeader(300);
                w.Write(new byte[300]);
            }),
            ["error"] = Write(w => w.WriteError("no")),
            ["push/pull"] = Write(w =>
            {
                w.WritePushPullHeader(join: true, 4, 200);
                w.WriteMember(Source);
                w.WriteMember(Source with { Name = "suspect", State = MemberState.Suspect });
                w.WriteMember(Source with { Name = "dead", State = MemberState.Dead });
                w.WriteMember(Source with { Name = "left", State = MemberState.Left });
                w.Write(new byte[200]);
            }),
        };
        all["compressed push/pull"] = Compressed(all["push/pull"]);
        all["compressed user"] = Compressed(all["user"]);
        return all;
    }

    private static byte[] Write(Action<ByteWriter> write)
    {
        var writer = new ByteWriter();
        write(writer);
        return writer.ToArray();
    }

    private static byte[] Compound(byte[][] parts) => Write(w =>
    {
        w.WriteByte((byte)MessageType.Compound);
        w.WriteByte((byte)parts.Length);
        foreach (var part in parts)
        {
            w.WriteUInt16((ushort)part.Length);
        }

        foreach (var part in parts)
        {
            w.Write(part);
        }
    });

    private static byte[] Compressed(byte[] message) => Write(w =>
    {
        var compressed = new ByteWriter();
        Lzw.Compress(message, compressed);
        w.WriteCompressed(compressed.Written);
    });
}
