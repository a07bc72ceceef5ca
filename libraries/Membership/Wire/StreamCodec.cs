using System.Text;

namespace ChittyChat.Membership.Wire;

/// <summary>Writes the layers of a stream: label (from the dialler only), encryption, compression.</summary>
internal sealed class StreamCodec(MembershipOptions options, Keyring keyring)
{
    private readonly byte[] _label = Encoding.UTF8.GetBytes(options.Label);

    public Keyring Keyring => keyring;

    public bool VerifyIncoming => options.VerifyIncoming;

    /// <summary>The label that takes part in authentication in both directions.</summary>
    public ReadOnlySpan<byte> Label => _label;

    /// <summary>The label that a dialler has to show us.</summary>
    public ReadOnlySpan<byte> ExpectedLabel => options.SkipInboundLabelCheck ? default : _label;

    /// <summary>Wraps one message with all that goes before it on the stream.</summary>
    /// <param name="plain">The message with its type byte, and what follows it.</param>
    /// <param name="dialled">Whether this side opened the stream.</param>
    public ReadOnlyMemory<byte> Seal(ReadOnlySpan<byte> plain, bool dialled)
    {
        var output = new ByteWriter(plain.Length + 64);
        if (dialled)
        {
            PacketCodec.WriteLabel(output, _label);
        }

        if (options.Compression)
        {
            var compressed = new ByteWriter((plain.Length / 2) + 64);
            Lzw.Compress(plain, compressed);
            var wrapped = new ByteWriter(compressed.Length + 32);
            wrapped.WriteCompressed(compressed.Written);
            // Like memberlist even when that makes it longer, but not so long that nobody accepts it.
            plain = wrapped.Length <= Math.Max(plain.Length, Limits.StreamFrame - SecureFrame.Overhead) ? wrapped.Written : plain;
        }

        if (keyring.IsEnabled && options.VerifyOutgoing)
        {
            var authenticated = FrameHead(plain.Length + SecureFrame.Overhead, _label);
            output.Write(authenticated.AsSpan(0, 5));
            SecureFrame.Seal(keyring, plain, authenticated, output);
        }
        else
        {
            output.Write(plain);
        }

        return output.WrittenMemory;
    }

    /// <summary>What is authenticated on a stream: the five bytes in front of the frame, then the label.</summary>
    public static byte[] FrameHead(int length, ReadOnlySpan<byte> label)
    {
        var writer = new ByteWriter(5 + label.Length);
        writer.WriteByte((byte)MessageType.Encrypt);
        writer.WriteUInt32((uint)length);
        writer.Write(label);
        return writer.ToArray();
    }
}
