using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace ChittyChat.CommandLine;

/// <summary>The terminal of the process on Linux and macOS: standard input and output.</summary>
/// <remarks>
/// It gets its settings back when the prompt ends, the process exits, an exception is not handled, or a signal stops it. Only what gives nobody a last word
/// (SIGKILL, a crash of the runtime) leaves it raw; the command "reset" helps then.
/// </remarks>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixTerminal : ITerminal
{
    private const int Input = 0;
    private const int Output = 1;

    private static readonly TerminalSize Usual = new(80, 24);

    private readonly byte[]? _settings = Libc.TerminalSettings(Input);
    private readonly (int Read, int Write) _wake = Libc.Pipe();
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly Lock _mode = new();
    private bool _isRaw;
    private bool _isClosed;
    private int _isWoken;
    private int _isContinued;

    public TerminalSize Size => Libc.WindowSize(Output) ?? Usual;

    public void Enter()
    {
        if (_signals.Count == 0)
        {
            AppDomain.CurrentDomain.ProcessExit += OnExit;
            AppDomain.CurrentDomain.UnhandledException += OnExit;
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Wake()));
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTSTP, _ => Leave()));
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ =>
            {
                Volatile.Write(ref _isContinued, 1);
                Wake();
            }));
        }

        lock (_mode)
        {
            // In the background the terminal is somebody else's; SIGCONT tells when it is ours again.
            if (_settings is null || !Libc.IsInForeground(Input))
            {
                return;
            }

            Libc.SetTerminalSettings(Input, Libc.Raw(_settings));
            _isRaw = true;
        }

        // Pasted text comes marked as such.
        Write("\e[?2004h"u8);
    }

    public void Leave()
    {
        lock (_mode)
        {
            if (!_isRaw || _settings is null)
            {
                return;
            }

            _isRaw = false;
            if (!Libc.IsInForeground(Input))
            {
                return;
            }

            if (Libc.CanWrite(Output))
            {
                _ = Libc.Write(Output, "\e[?25h\e[?2004l"u8);
            }

            Libc.SetTerminalSettings(Input, _settings);
        }
    }

    public TerminalEvent Wait(Span<byte> buffer, out int count)
    {
        count = 0;
        Span<byte> wake = stackalloc byte[1];
        while (true)
        {
            if (Interlocked.Exchange(ref _isContinued, 0) != 0)
            {
                return TerminalEvent.Continued;
            }

            var (hasInput, isWoken) = Libc.WaitToRead(_isClosed || !_isRaw ? -1 : Input, _wake.Read);
            if (hasInput)
            {
                count = Libc.Read(Input, buffer);
                if (count > 0)
                {
                    return TerminalEvent.Input;
                }

                if (count == 0 || Marshal.GetLastPInvokeError() != Libc.ErrorInterrupted)
                {
                    (_isClosed, count) = (true, 0);
                    return TerminalEvent.Closed;
                }

                count = 0;
            }
            else if (isWoken)
            {
                _ = Libc.Read(_wake.Read, wake);
                // Before the caller looks for what there is to do: whoever comes later wakes it again.
                Interlocked.Exchange(ref _isWoken, 0);
                if (Volatile.Read(ref _isContinued) == 0)
                {
                    return TerminalEvent.Woken;
                }
            }
        }
    }

    public void Wake()
    {
        if (Interlocked.Exchange(ref _isWoken, 1) == 0)
        {
            _ = Libc.Write(_wake.Write, "!"u8);
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = Libc.Write(Output, bytes);
            if (count > 0)
            {
                bytes = bytes[count..];
            }
            else if (Marshal.GetLastPInvokeError() is not Libc.ErrorInterrupted and var error && !Libc.WaitToWrite(Output, error))
            {
                throw new IOException($"The terminal cannot be written to: error {error}.");
            }
        }
    }

    public bool TrySuspend()
    {
        if (!Libc.HasJobControl())
        {
            return false;
        }

        Libc.StopJob();
        return true;
    }

    public void Dispose()
    {
        Leave();
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.UnhandledException -= OnExit;
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        // The ends of the pipe stay open: a late Wake must not write into a file that got its number. They are two for each prompt of the process.
    }

    private void OnExit(object? sender, EventArgs e) => Leave();
}
