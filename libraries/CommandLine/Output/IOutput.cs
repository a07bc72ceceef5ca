namespace ChittyChat.CommandLine;

/// <summary>Where lines of output go. Safe to use from any thread; never blocks the caller for long.</summary>
public interface IOutput
{
    /// <summary>Writes one line.</summary>
    /// <param name="line">The line, without its end; a line break inside starts a new line.</param>
    void Write(StyledText line);
}
