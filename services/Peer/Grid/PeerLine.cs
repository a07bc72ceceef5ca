using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ChittyChat.LogicalTime;

namespace ChittyChat.Peer.Grid;

/// <summary>What a line from another server is.</summary>
internal enum PeerLineKind
{
    /// <summary>Not of the protocol.</summary>
    Malformed,

    /// <summary>A header that this version does not know; to be ignored.</summary>
    Unknown,

    /// <summary><c>ping ID</c>: who is at the other end, and that it lives.</summary>
    Ping,

    /// <summary><c>msg ID TEXT</c>: a message.</summary>
    Message,

    /// <summary><c>hello ID</c>: the other end is a server of this implementation. Others ignore it.</summary>
    Hello,

    /// <summary><c>at TIME</c>: the Lamport time of the message that follows. Others ignore it.</summary>
    At,
}

/// <summary>
/// The lines between servers. <c>ping</c> and <c>msg</c> are those of the Go implementation; the other two are ours, sent in the form of the unknown
/// headers that it ignores.
/// </summary>
internal readonly ref struct PeerLine
{
    public PeerLineKind Kind { get; private init; }

    /// <summary>The number in the line: an id, or a Lamport time.</summary>
    public ulong Number { get; private init; }

    /// <summary>The text of a message.</summary>
    public ReadOnlySpan<byte> Text { get; private init; }

    public static byte[] Ping(int id) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"ping {id}\n"));

    /// <summary>What opens a link. The ping comes first: an accepting server learns from it who is there.</summary>
    public static byte[] Greeting(int id) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"ping {id}\nhello {id}\n"));

    /// <summary>A message, with its Lamport time in a line of its own unless that is null.</summary>
    public static byte[] Message(int id, ReadOnlySpan<byte> text, LamportTime? time)
    {
        var head = Encoding.ASCII.GetBytes(time is null
            ? string.Create(CultureInfo.InvariantCulture, $"msg {id} ")
            : string.Create(CultureInfo.InvariantCulture, $"at {time}\nmsg {id} "));
        var line = new byte[head.Length + text.Length + 1];
        head.CopyTo(line, 0);
        text.CopyTo(line.AsSpan(head.Length));
        line[^1] = (byte)'\n';
        return line;
    }

    /// <summary>Reads a line, given without its end.</summary>
    public static PeerLine Read(ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        if (space <= 0 || space == line.Length - 1)
        {
            return default;
        }

        var header = line[..space];
        var payload = line[(space + 1)..];
        if (header.SequenceEqual("msg"u8))
        {
            // The sender is that of the link; the one in the line only has to be there.
            var end = payload.IndexOf((byte)' ');
            return end <= 0 ? default : new PeerLine { Kind = PeerLineKind.Message, Text = payload[(end + 1)..] };
        }

        var kind = header.SequenceEqual("ping"u8) ? PeerLineKind.Ping
            : header.SequenceEqual("hello"u8) ? PeerLineKind.Hello
            : header.SequenceEqual("at"u8) ? PeerLineKind.At
            : PeerLineKind.Unknown;
        if (kind == PeerLineKind.Unknown)
        {
            return new PeerLine { Kind = kind };
        }

        return Utf8Parser.TryParse(payload, out ulong number, out var consumed) && consumed == payload.Length
            ? new PeerLine { Kind = kind, Number = number }
            : default;
    }
}
