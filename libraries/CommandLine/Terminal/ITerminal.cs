namespace ChittyChat.CommandLine;

/// <summary>Why a wait for the terminal ended.</summary>
internal enum TerminalEvent
{
    /// <summary>There is input.</summary>
    Input,

    /// <summary>Somebody called <see cref="ITerminal.Wake"/>, or the size has changed.</summary>
    Woken,

    /// <summary>The process was stopped and goes on.</summary>
    Continued,

    /// <summary>There will be no more input.</summary>
    Closed,
}

/// <summary>A terminal as the prompt uses it: one thread waits, reads and writes; everybody may wake it.</summary>
internal interface ITerminal : IDisposable
{
    /// <summary>How big it is now.</summary>
    TerminalSize Size { get; }

    /// <summary>Switches to handing over each key at once and showing none. Again after the process was stopped.</summary>
    void Enter();

    /// <summary>
    /// Brings back how it was before the first <see cref="Enter"/>, and reads nothing any more until the next. Safe to call from any thread, and more than
    /// once.
    /// </summary>
    void Leave();

    /// <summary>Waits until something happens.</summary>
    /// <param name="buffer">Where input goes.</param>
    /// <param name="count">How many bytes of input there are.</param>
    TerminalEvent Wait(Span<byte> buffer, out int count);

    /// <summary>Ends the present <see cref="Wait"/>, or the next one at once. Safe to call from any thread.</summary>
    void Wake();

    /// <summary>Writes it all; waits while the terminal takes nothing.</summary>
    /// <exception cref="IOException">The terminal is gone.</exception>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Stops the process until its user continues it, after <see cref="Leave"/>; false when nobody could continue it.</summary>
    bool TrySuspend();
}
