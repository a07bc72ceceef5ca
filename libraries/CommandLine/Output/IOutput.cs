namespace ChittyChat.CommandLine;

/// <summary>Where lines of output go. Safe to use from any thread; never blocks the caller for long.</summary>
public interface IOutput
{
    /// <summary>How many columns a line may take; null for as many as it wants.</summary>
    int? Width => null;

    /// <summary>Writes one line.</summary>
    /// <param name="line">The line, without its end; a line break inside starts a new line.</param>
    void Write(StyledText line);

    /// <summary>Writes one line about something that went wrong, where that has a place of its own (standard error).</summary>
    /// <param name="line">The line, without its end; a line break inside starts a new line.</param>
    void WriteError(StyledText line) => Write(line);
}
