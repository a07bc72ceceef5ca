using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace ChittyChat.Peer.Chat;

/// <summary>What may be published: 1 to 128 Unicode scalar values, well-formed. And the two sentences that the chat itself says.</summary>
internal static class ChatText
{
    /// <summary>The most characters of a message, counted as Unicode scalar values.</summary>
    public const int MaxLength = 128;


    /// <summary>Encodes <paramref name="text"/>, or says why it may not be published.</summary>
    public static bool TryEncode(string text, [NotNullWhen(true)] out byte[]? utf8, [NotNullWhen(false)] out string? refusal)
    {
        utf8 = null;
        var length = 0;
        for (var rest = text.AsSpan(); !rest.IsEmpty; length++)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var consumed) != OperationStatus.Done)
            {
                refusal = "The text is not well-formed UTF-8.";
                return false;
            }

            rest = rest[consumed..];
        }

        refusal = RefusalOf(length);
        if (refusal is not null)
        {
            return false;
        }

        utf8 = Encoding.UTF8.GetBytes(text);
        return true;
    }

    /// <summary>The length of a text as it counts here: its Unicode scalar values, each unpaired surrogate as one.</summary>
    public static int LengthOf(string text)
    {
        var length = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            length++;
        }

        return length;
    }

    /// <summary>Says why <paramref name="utf8"/> may not be published; null when it may.</summary>
    public static string? RefusalOf(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            return "The text is not well-formed UTF-8.";
        }

        // Most texts are so short that their characters need not be counted.
        return utf8.Length is > 0 and <= MaxLength ? null : RefusalOf(CountScalars(utf8));
    }

    /// <summary>Participant X joined (or left) Chitty-Chat at Lamport time L.</summary>
    public static byte[] Announcement(EventKind kind, string participant, ulong lamportTime) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"Participant {participant} {(kind == EventKind.Joined ? "joined" : "left")} Chitty-Chat at Lamport time {lamportTime}"));

    // In well-formed UTF-8, every byte that does not continue a character begins one.
    private static int CountScalars(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var b in utf8)
        {
            count += (b & 0xC0) != 0x80 ? 1 : 0;
        }

        return count;
    }

    private static string? RefusalOf(int length) => length switch
    {
        0 => $"The text is empty; 1 to {MaxLength} characters are allowed.",
        > MaxLength => $"The text has {length} characters; at most {MaxLength} are allowed (counted as Unicode scalar values).",
        _ => null,
    };
}
