using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>The console of the process on Windows 10 and later, made to look like other terminals.</summary>
internal sealed class WindowsTerminal : ITerminal
{
    private const int OutputHandle = -11;
    private const uint VirtualTerminal = 4;

    // The thread that reads keys waits while it is full.
    private readonly BlockingCollection<byte[]> _input = new(256);
    private readonly Stream _output = Console.OpenStandardOutput();
    private ReadOnlyMemory<byte> _rest;
    private Encoding? _encoding;
    private bool _isReading;
    private volatile bool _isActive;
    private int _isWoken;

    public TerminalSize Size => new(Math.Max(1, Console.WindowWidth), Math.Max(1, Console.WindowHeight));

    public void Enter()
    {
        Console.TreatControlCAsInput = true;
        _encoding ??= Console.OutputEncoding;
        Console.OutputEncoding = Encoding.UTF8;
        var handle = GetStdHandle(OutputHandle);
        if (GetConsoleMode(handle, out var mode))
        {
            SetConsoleMode(handle, mode | VirtualTerminal);
        }

        _isActive = true;
        if (!_isReading)
        {
            _isReading = true;
            new Thread(ReadKeys) { IsBackground = true, Name = "keys" }.Start();
        }
    }

    public void Leave()
    {
        if (_isActive && OperatingSystem.IsWindows())
        {
            _isActive = false;
            Console.TreatControlCAsInput = false;
            Console.OutputEncoding = _encoding ?? Console.OutputEncoding;
        }
    }

    public TerminalEvent Wait(Span<byte> buffer, out int count)
    {
        if (_rest.IsEmpty)
        {
            _rest = _input.TryTake(out var bytes, Timeout.Infinite) ? bytes : null;
        }

        count = Math.Min(buffer.Length, _rest.Length);
        _rest.Span[..count].CopyTo(buffer);
        _rest = _rest[count..];
        if (count > 0)
        {
            return TerminalEvent.Input;
        }

        Interlocked.Exchange(ref _isWoken, 0);
        return _input.IsCompleted && _isActive ? TerminalEvent.Closed : TerminalEvent.Woken;
    }

    public void Wake()
    {
        if (Interlocked.Exchange(ref _isWoken, 1) == 0 && !_input.TryAdd([]))
        {
            // It is full: the waiting thread has enough to wake up for.
            Interlocked.Exchange(ref _isWoken, 0);
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        _output.Flush();
    }

    public bool TrySuspend() => false;

    public void Dispose()
    {
        Leave();
        _output.Dispose();
    }

    private void ReadKeys()
    {
        try
        {
            while (_isActive)
            {
                var key = Console.ReadKey(intercept: true);
                var text = ConsoleKeys.Sequence(key);
                if (char.IsHighSurrogate(key.KeyChar))
                {
                    text += Console.ReadKey(intercept: true).KeyChar;
                }

                _input.Add(Encoding.UTF8.GetBytes(text));
            }
        }
        catch (InvalidOperationException)
        {
            // The console is gone.
            _input.CompleteAdding();
        }
    }

    [DllImport("kernel32.dll")]
    private static extern nint GetStdHandle(int handle);

    [DllImport("kernel32.dll")]
    private static extern bool GetConsoleMode(nint handle, out uint mode);

    [DllImport("kernel32.dll")]
    private static extern bool SetConsoleMode(nint handle, uint mode);
}
