using System.Text;
using System.Text.RegularExpressions;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Serf;

/// <summary>The filters of a query: names, and expressions over tags. All of them have to fit.</summary>
internal static class SerfFilter
{
    private const byte Names = 0;
    private const byte Tag = 1;

    public static bool Choose(IEnumerable<byte[]> filters, Member member) => filters.All(f => Fits(f, member));

    private static bool Fits(byte[] filter, Member member)
    {
        var reader = new MsgPackReader(filter.AsSpan(1));
        return filter[0] switch
        {
            Names => FitsName(ref reader, member.Name),
            Tag => FitsTag(ref reader, member),
            _ => false,
        };
    }

    private static bool FitsName(ref MsgPackReader reader, string name)
    {
        var found = false;
        var read = reader.TryReadArrayHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var candidate);
            found |= read && Encoding.UTF8.GetString(candidate) == name;
        }

        return read && found;
    }

    private static bool FitsTag(ref MsgPackReader reader, Member member)
    {
        string tag = "", expression = "";
        var read = reader.TryReadMapHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var key) & reader.TryReadRaw(out var value);
            tag = key.SequenceEqual("Tag"u8) ? Encoding.UTF8.GetString(value) : tag;
            expression = key.SequenceEqual("Expr"u8) ? Encoding.UTF8.GetString(value) : expression;
        }

        try
        {
            // Like Go's expressions, these take time in proportion to the input.
            return read && Regex.IsMatch(
                member.GetTags().GetValueOrDefault(tag, ""), expression, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or FormatException)
        {
            // An expression that cannot be understood chooses nobody.
            return false;
        }
    }
}
