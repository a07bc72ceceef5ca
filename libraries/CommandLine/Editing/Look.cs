using System.Globalization;

namespace ChittyChat.CommandLine;

/// <summary>What a cell is, besides what it means.</summary>
internal enum Emphasis
{
    None,

    /// <summary>Not there yet: a suggestion.</summary>
    Hint,

    /// <summary>The chosen one of several.</summary>
    Selected,
}

/// <summary>How a piece of text looks.</summary>
internal readonly record struct Look(Meaning Meaning = Meaning.Plain, Emphasis Emphasis = Emphasis.None);

/// <summary>Turns looks into what the terminal understands.</summary>
/// <param name="HasColours">Without colours only what cannot be seen otherwise is marked: the suggestion is dimmed, the selection is reversed.</param>
internal sealed record Palette(bool HasColours)
{
    public const string Reset = "\e[0m";

    /// <summary>The sequence that switches a look on; empty for plain text.</summary>
    public string Start(Look look)
    {
        var colour = HasColours ? Code(look.Meaning) : "";
        var emphasis = look.Emphasis switch
        {
            Emphasis.Hint => "2",
            Emphasis.Selected => "7",
            _ => "",
        };
        return (colour, emphasis) switch
        {
            ("", "") => "",
            (_, "") => string.Create(CultureInfo.InvariantCulture, $"\e[{colour}m"),
            ("", _) => string.Create(CultureInfo.InvariantCulture, $"\e[{emphasis}m"),
            _ => string.Create(CultureInfo.InvariantCulture, $"\e[{emphasis};{colour}m"),
        };
    }

    // The sixteen basic colours, which every terminal has and every theme makes readable.
    private static string Code(Meaning meaning) => meaning switch
    {
        Meaning.Muted => "2",
        Meaning.Heading => "1",
        Meaning.Name => "1;36",
        Meaning.Success => "32",
        Meaning.Warning => "33",
        Meaning.Error => "31",
        _ => "",
    };
}
