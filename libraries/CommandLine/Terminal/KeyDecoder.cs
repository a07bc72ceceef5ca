using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>
/// Turns the bytes that a terminal sends into keys, wherever they are split. Understands xterm and what took after it (VT220 keypads, rxvt, the Linux
/// console, bracketed paste, the CSI u encoding of kitty, xterm's modifyOtherKeys), and swallows sequences that are none of the editor's keys.
/// </summary>
internal sealed class KeyDecoder
{
    private const int MaxSequence = 64;
    private const byte Escape = 0x1B;

    private static readonly byte[] PasteEnd = "\e[201~"u8.ToArray();

    private readonly List<byte> _sequence = [];
    private readonly List<byte> _paste = [];
    private readonly byte[] _character = new byte[4];
    private int _characterLength;
    private bool _isPasting;
    private bool _isPasteTooLong;

    /// <summary>Whether an Escape was read that may be the key itself or begin a sequence; time tells which.</summary>
    public bool IsWaiting => _sequence.Count > 0;

    /// <summary>Takes some bytes.</summary>
    /// <param name="bytes">As they came from the terminal.</param>
    /// <param name="keys">Where the keys go that are complete now.</param>
    public void Decode(ReadOnlySpan<byte> bytes, ICollection<KeyPress> keys)
    {
        foreach (var value in bytes)
        {
            if (_isPasting)
            {
                Paste(value, keys);
            }
            else if (_sequence.Count > 0)
            {
                Continue(value, keys);
            }
            else if (value == Escape)
            {
                FlushCharacter(keys);
                _sequence.Add(value);
            }
            else
            {
                Character(value, KeyModifiers.None, keys);
            }
        }
    }

    /// <summary>Nothing more came: an Escape that waits is the key, and what has begun is over.</summary>
    public void Expire(ICollection<KeyPress> keys)
    {
        switch (_sequence)
        {
            case [Escape]:
                keys.Add(new(Key.Escape));
                break;
            case [Escape, Escape]:
                keys.Add(new(Key.Escape));
                keys.Add(new(Key.Escape));
                break;
            case [Escape, var start and ((byte)'[' or (byte)'O')]:
                keys.Add(KeyPress.Alt((char)start));
                break;
        }

        _sequence.Clear();
    }

    private void Paste(byte value, ICollection<KeyPress> keys)
    {
        // Nobody pastes so much: the editor will refuse it, the memory must not fill up meanwhile.
        if (_paste.Count >= 4 * 4 * Line.MaxLength)
        {
            _paste.RemoveRange(0, _paste.Count - PasteEnd.Length);
            _isPasteTooLong = true;
        }

        _paste.Add(value);
        if (value != PasteEnd[^1] || _paste.Count < PasteEnd.Length || !_paste[^PasteEnd.Length..].SequenceEqual(PasteEnd))
        {
            return;
        }

        // What is too long is replaced by something that the editor refuses.
        var text = _isPasteTooLong ? new string(' ', Line.MaxLength + 1) : Encoding.UTF8.GetString([.. _paste[..^PasteEnd.Length]]);
        (_isPasting, _isPasteTooLong) = (false, false);
        _paste.Clear();
        keys.Add(new(Key.Paste, text));
    }

    private void Continue(byte value, ICollection<KeyPress> keys)
    {
        _sequence.Add(value);
        switch (_sequence)
        {
            case [Escape, (byte)'[' or (byte)'O'] or [Escape, Escape]:
            case [Escape, Escape, (byte)'[' or (byte)'O']:
                return;
            case [Escape, Escape, _]:
                // Escape, and then Alt with something.
                _sequence.Clear();
                keys.Add(new(Key.Escape));
                Character(value, KeyModifiers.Alt, keys);
                return;
            case [Escape, _]:
                _sequence.Clear();
                Character(value, KeyModifiers.Alt, keys);
                return;
        }

        var start = _sequence[1] == Escape ? 3 : 2;
        // A control character ends what cannot be a sequence; the Linux console sends [[A to [[E for F1 to F5.
        if (value < ' ' || value > '~')
        {
            _sequence.Clear();
            Decode([value], keys);
        }
        else if (_sequence[start - 1] == 'O' ? value is (< (byte)'0' or > (byte)'9') and not (byte)';' : value >= '@' && !(value == '[' && _sequence.Count == start + 1))
        {
            var held = start == 3 ? KeyModifiers.Alt : KeyModifiers.None;
            var parameters = Encoding.ASCII.GetString([.. _sequence[start..^1]]);
            var isControl = _sequence[start - 1] == '[';
            _sequence.Clear();
            if (isControl && value == '~' && parameters == "200")
            {
                _isPasting = true;
            }
            else if ((isControl ? KeySequences.Csi(parameters, (char)value) : KeySequences.Ss3(parameters, (char)value)) is { } key)
            {
                keys.Add(key with { Modifiers = key.Modifiers | held });
            }
        }
        else if (_sequence.Count > MaxSequence)
        {
            _sequence.Clear();
        }
    }

    private void Character(byte value, KeyModifiers held, ICollection<KeyPress> keys)
    {
        if (value < 0x80)
        {
            FlushCharacter(keys);
            keys.Add(KeySequences.Character((char)value, held));
            return;
        }

        // A byte that begins a character ends one that was not complete.
        if ((value & 0xC0) != 0x80)
        {
            FlushCharacter(keys);
        }

        _character[_characterLength++] = value;
        var isComplete = Rune.DecodeFromUtf8(_character.AsSpan(0, _characterLength), out var rune, out _) is not System.Buffers.OperationStatus.NeedMoreData;
        if (isComplete || _characterLength == _character.Length)
        {
            _characterLength = 0;
            keys.Add(new(Key.Character, rune.ToString(), held));
        }
    }

    private void FlushCharacter(ICollection<KeyPress> keys)
    {
        if (_characterLength > 0)
        {
            _characterLength = 0;
            keys.Add(KeyPress.Of("\uFFFD"));
        }
    }
}
