namespace ChittyChat.Peer.Grid;

/// <summary>Cuts received bytes into lines that end in a line feed, and never looks at a byte twice.</summary>
/// <param name="longest">The longest line, without its end.</param>
internal sealed class LineBuffer(int longest)
{
    private const int FirstSize = 4 * 1024;

    private byte[] _bytes = new byte[FirstSize];
    private int _start;
    private int _searched;
    private int _end;

    /// <summary>Whether the unfinished line is longer than allowed; the buffer takes no more.</summary>
    public bool IsTooLong => _end - _start > longest && _searched == _end;

    /// <summary>Where to receive to; never empty.</summary>
    public Memory<byte> Free()
    {
        if (_start == _end)
        {
            _start = _searched = _end = 0;
        }

        if (_end == _bytes.Length)
        {
            var length = _end - _start;
            // Half of it free, or the next read would soon be here again.
            var into = length > _bytes.Length / 2 ? new byte[_bytes.Length * 2] : _bytes;
            _bytes.AsSpan(_start, length).CopyTo(into);
            (_bytes, _searched, _start, _end) = (into, _searched - _start, 0, length);
        }

        return _bytes.AsMemory(_end);
    }

    /// <summary>As many bytes have been received to <see cref="Free"/>.</summary>
    public void Commit(int count) => _end += count;

    /// <summary>Takes the next line, without its end; valid until the next call of <see cref="Free"/>.</summary>
    public bool TryTake(out ReadOnlySpan<byte> line)
    {
        var index = _bytes.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
        if (index < 0)
        {
            _searched = _end;
            line = default;
            return false;
        }

        line = _bytes.AsSpan(_start, _searched + index - _start);
        _start = _searched = _searched + index + 1;
        return true;
    }

    /// <summary>Throws the unfinished line away.</summary>
    public void Drop() => _start = _searched = _end;
}
