using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ChittyChat.Peer.Chat;

/// <summary>
/// Writes one line for each delivery, in UTF-8, such as
/// <c>2026-11-21T12:00:00.123Z L=18 deliver peer-2 L=17 "hello"</c>: when, the Lamport time of the delivery, what, who, the Lamport
/// time of the publishing event, and the text with everything escaped that could pass for another line or drive a terminal.
/// </summary>
internal sealed class ChatLogWriter(Stream stream) : IChatLog, IDisposable
{
    // The longest line: prefix, two times, a name, and 128 characters that are all escaped.
    private const int LongestLine = 2_048;
    private const int BufferSize = 32 * 1024;

    // Control characters, quotes, and C2, which begins the second set of control characters.
    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(b => (byte)b), (byte)'"', (byte)'\\', 0x7F, 0xC2]);

    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly byte[] _second = new byte[19];
    private long _secondNumber = long.MinValue;
    private int _length;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<Delivery> deliveries)
    {
        foreach (ref readonly var delivery in deliveries)
        {
            if (_length > BufferSize - LongestLine)
            {
                Flush();
            }

            WriteLine(delivery);
        }

        Flush();
        stream.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private void Flush()
    {
        var length = _length;
        _length = 0;
        stream.Write(_buffer.AsSpan(0, length));
    }

    private void WriteLine(in Delivery delivery)
    {
        WriteTime(delivery.DeliveredUnixMicroseconds);
        Append(" L="u8);
        Append(delivery.DeliveredAt.Value);
        Append(delivery.Kind switch
        {
            EventKind.Joined => " joined "u8,
            EventKind.Left => " left "u8,
            _ => " deliver "u8,
        });
        _length += Encoding.UTF8.GetBytes(delivery.Participant, _buffer.AsSpan(_length));
        Append(" L="u8);
        Append(delivery.PublishedAt.Value);
        Append(" \""u8);
        WriteText(delivery.Text.Span);
        Append("\"\n"u8);
    }

    private void WriteTime(long unixMicroseconds)
    {
        var milliseconds = unixMicroseconds / 1_000;
        var second = Math.DivRem(milliseconds, 1_000, out var millisecond);
        if (second != _secondNumber)
        {
            // The same for a thousand and more lines.
            DateTimeOffset.FromUnixTimeSeconds(second).TryFormat(_second, out _, "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
            _secondNumber = second;
        }

        Append(_second);
        _buffer[_length] = (byte)'.';
        _buffer[_length + 1] = (byte)('0' + millisecond / 100);
        _buffer[_length + 2] = (byte)('0' + millisecond / 10 % 10);
        _buffer[_length + 3] = (byte)('0' + millisecond % 10);
        _buffer[_length + 4] = (byte)'Z';
        _length += 5;
    }

    private void WriteText(ReadOnlySpan<byte> text)
    {
        while (true)
        {
            var index = text.IndexOfAny(Escaped);
            if (index < 0)
            {
                Append(text);
                return;
            }

            Append(text[..index]);
            text = text[(index + WriteEscaped(text[index..]))..];
        }
    }

    // Gives how many bytes the character takes.
    private int WriteEscaped(ReadOnlySpan<byte> text)
    {
        switch (text[0])
        {
            case (byte)'"' or (byte)'\\':
                Append([(byte)'\\', text[0]]);
                return 1;
            case (byte)'\n':
                Append("\\n"u8);
                return 1;
            case 0xC2 when text[1] >= 0xA0:
                Append(text[..2]);
                return 2;
            default:
                var size = text[0] == 0xC2 ? 2 : 1;
                Append("\\u00"u8);
                Utf8Formatter.TryFormat(text[size - 1], _buffer.AsSpan(_length), out var written, new StandardFormat('x', 2));
                _length += written;
                return size;
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    private void Append(ulong number)
    {
        Utf8Formatter.TryFormat(number, _buffer.AsSpan(_length), out var written);
        _length += written;
    }
}
