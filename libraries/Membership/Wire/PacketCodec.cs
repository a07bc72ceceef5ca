using System.Buffers.Binary;
using System.Text;

namespace ChittyChat.Membership.Wire;

/// <summary>Why input was dropped; the name is the value of the metric's tag.</summary>
internal enum DropReason
{
    None,
    Truncated,
    WrongLabel,
    Undecryptable,
    WrongChecksum,
    Malformed,
    UnknownType,
    UnknownCompression,
    TooBig,
    IncompatibleVersion,
    InvalidMember,
    NotForThisNode,
    Refused,
    TableFull,
    TooManyRelays,
    QueueFull,
}

/// <summary>
/// The layers around the messages of a datagram, outermost first: label, encryption, checksum, compression. Compression can also
/// be further inside and is undone where the messages are taken apart. Owned by one loop: the results live until the next call.
/// </summary>
internal sealed class PacketCodec(MembershipOptions options, Keyring keyring)
{
    /// <summary>The bytes that a checksum adds.</summary>
    public const int Checksum = 5;

    private readonly byte[] _label = Encoding.UTF8.GetBytes(options.Label);
    private readonly ByteWriter _opened = new(2048);
    private readonly ByteWriter _inner = new(2048);
    private readonly ByteWriter _compressed = new(2048);
    private readonly ByteWriter _sealed = new(2048);

    /// <summary>The bytes that label and encryption add to every datagram.</summary>
    public int Overhead => (_label.Length > 0 ? 2 + _label.Length : 0) + (keyring.IsEnabled ? SecureFrame.Overhead : 0);

    /// <summary>Wraps messages for the network.</summary>
    public ReadOnlySpan<byte> Seal(ReadOnlySpan<byte> plain, bool checksum)
    {
        _inner.Clear();
        if (options.Compression && TryCompress(plain))
        {
            plain = _compressed.Written;
        }

        if (checksum)
        {
            _inner.WriteByte((byte)MessageType.HasChecksum);
            _inner.WriteUInt32(Crc32.Compute(plain));
            _inner.Write(plain);
            plain = _inner.Written;
        }

        var encrypts = keyring.IsEnabled && options.VerifyOutgoing;
        if (!encrypts && _label.Length == 0)
        {
            return plain;
        }

        _sealed.Clear();
        WriteLabel(_sealed, _label);
        if (encrypts)
        {
            SecureFrame.Seal(keyring, plain, _label, _sealed);
        }
        else
        {
            _sealed.Write(plain);
        }

        return _sealed.Written;
    }

    /// <summary>Removes label, encryption and checksum.</summary>
    public DropReason Open(ReadOnlySpan<byte> datagram, out ReadOnlySpan<byte> plain)
    {
        plain = default;
        var reason = RemoveLabel(datagram, out var rest);
        if (reason != DropReason.None)
        {
            return reason;
        }

        if (keyring.IsEnabled)
        {
            _opened.Clear();
            if (SecureFrame.TryOpen(keyring, rest, _label, _opened, out var opened))
            {
                rest = opened;
            }
            else if (options.VerifyIncoming)
            {
                return DropReason.Undecryptable;
            }
        }

        if (!rest.IsEmpty && rest[0] == (byte)MessageType.HasChecksum)
        {
            if (rest.Length < 5)
            {
                return DropReason.Truncated;
            }

            if (BinaryPrimitives.ReadUInt32BigEndian(rest[1..]) != Crc32.Compute(rest[5..]))
            {
                return DropReason.WrongChecksum;
            }

            rest = rest[5..];
        }

        plain = rest;
        return rest.IsEmpty ? DropReason.Truncated : DropReason.None;
    }

    /// <summary>Writes the label header, if there is a label.</summary>
    public static void WriteLabel(ByteWriter writer, ReadOnlySpan<byte> label)
    {
        if (!label.IsEmpty)
        {
            writer.WriteByte((byte)MessageType.Label);
            writer.WriteByte((byte)label.Length);
            writer.Write(label);
        }
    }

    private DropReason RemoveLabel(ReadOnlySpan<byte> datagram, out ReadOnlySpan<byte> rest)
    {
        rest = datagram;
        if (datagram.IsEmpty)
        {
            return DropReason.Truncated;
        }

        ReadOnlySpan<byte> label = default;
        if (datagram[0] == (byte)MessageType.Label)
        {
            if (datagram.Length < 2 || datagram[1] == 0 || datagram.Length < 2 + datagram[1])
            {
                return DropReason.Truncated;
            }

            label = datagram.Slice(2, datagram[1]);
            rest = datagram[(2 + label.Length)..];
        }

        // With the check switched off there must be no label: whoever removes it removes all of it.
        return label.SequenceEqual(options.SkipInboundLabelCheck ? default : _label) ? DropReason.None : DropReason.WrongLabel;
    }

    private bool TryCompress(ReadOnlySpan<byte> plain)
    {
        _compressed.Clear();
        Lzw.Compress(plain, _inner);
        _compressed.WriteCompressed(_inner.Written);
        _inner.Clear();
        return _compressed.Length < plain.Length;
    }
}
