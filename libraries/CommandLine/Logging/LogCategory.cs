using Microsoft.Extensions.Logging;

namespace ChittyChat.CommandLine;

/// <summary>A name by which people refer to a part of the program's log.</summary>
/// <param name="Name">What is typed: "membership".</param>
/// <param name="Prefixes">The beginnings of the categories that it stands for, such as "ChittyChat.Membership".</param>
/// <param name="Description">What is logged there, in a few words.</param>
public sealed record LogCategory(string Name, IReadOnlyList<string> Prefixes, string Description)
{
    /// <summary>A name for one beginning.</summary>
    public LogCategory(string name, string prefix, string description)
        : this(name, [prefix], description)
    {
    }
}

/// <summary>How lines of a log look.</summary>
public enum LogFormat
{
    /// <summary>Time, level, category, message, then the fields as name=value.</summary>
    Text,

    /// <summary>One JSON object per line.</summary>
    Json,
}

/// <summary>What the live log does now.</summary>
/// <param name="File">The file it writes; null while it is off.</param>
/// <param name="Format">How lines look.</param>
/// <param name="Written">How many lines were written since it was switched on.</param>
/// <param name="Dropped">How many were not, because they came faster than the disk takes them, or because the disk refused them.</param>
/// <param name="Problem">Why the file could not be written at last; null if it could.</param>
/// <param name="Levels">The level of each category that has one; "*" for all others.</param>
public sealed record LogStatus(
    string? File, LogFormat Format, long Written, long Dropped, string? Problem, IReadOnlyDictionary<string, LogLevel> Levels);
