using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;

namespace ChittyChat.Peer.Prompt;

/// <summary>
/// The prompt in a terminal: reads keys, shows the line being typed, and prints other lines above it without harming it. One loop owns the
/// screen; everybody else hands it lines.
/// </summary>
internal sealed class TerminalPrompt(string prompt, IReadOnlyList<string> greeting) : IDisposable
{
    // An empty entry only draws the screen anew. When it is full, PrintAsync waits, and TryPrint loses the line and counts it.
    private readonly Channel<string?> _lines = Channel.CreateBounded<string?>(new BoundedChannelOptions(1024) { SingleReader = true });

    // When it is full, Enter rings the bell and the line stays.
    private readonly Channel<string> _entered = Channel.CreateBounded<string>(16);

    private readonly BlockingSource<Key> _keys = new(ReadKeys(), "keys", ahead: 256);
    private readonly PromptScreen _screen = new(prompt);
    private readonly LineEditor _line = new();
    private readonly Stream _output = Console.OpenStandardOutput();
    private long _lost;

    /// <summary>What was entered, line by line; ends when the user ends the input: Ctrl-D on an empty line, or a closed terminal.</summary>
    public ChannelReader<string> Entered => _entered.Reader;

    /// <summary>Prints a line above the prompt, waiting for room.</summary>
    public ValueTask PrintAsync(string line, CancellationToken cancellationToken) => _lines.Writer.WriteAsync(line, cancellationToken);

    /// <summary>Prints a line above the prompt if there is room; never waits.</summary>
    public void TryPrint(string line)
    {
        if (!_lines.Writer.TryWrite(line))
        {
            Interlocked.Increment(ref _lost);
        }
    }

    /// <summary>Runs until cancelled; then the prompt is gone, and everything that was printed is on the screen.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _keys.Start();
        // On Windows the next key or line draws the prompt as the window has become.
        using var resized = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => _lines.Writer.TryWrite(null));
        using var continued = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => _lines.Writer.TryWrite(null));
        try
        {
            foreach (var line in greeting)
            {
                _screen.AddLine(line);
            }

            var (keys, lines) = (Task.FromResult(true), Task.FromResult(true));
            while (true)
            {
                Show();
                keys = keys.IsCompleted ? WaitForKeysAsync(cancellationToken) : keys;
                lines = lines.IsCompleted ? _lines.Reader.WaitToReadAsync(cancellationToken).AsTask() : lines;
                await await Task.WhenAny(keys, lines);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _screen.Erase(Width);
            PrintAll();
            Flush();
        }
    }

    public void Dispose() => _keys.Dispose();

    // Not every terminal says how wide it is.
    private static int Width => Console.WindowWidth is > 0 and var width ? width : 80;

    private static IEnumerable<Key> ReadKeys()
    {
        while (true)
        {
            var info = Console.ReadKey(intercept: true);
            yield return new(info, char.IsHighSurrogate(info.KeyChar) ? $"{info.KeyChar}{Console.ReadKey(intercept: true).KeyChar}" : info.KeyChar.ToString());
        }
    }

    private async Task<bool> WaitForKeysAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _keys.WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // The terminal is closed: nothing more will be entered.
            _entered.Writer.TryComplete();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return false;
        }
    }

    private void Show()
    {
        _screen.Erase(Width);
        PrintAll();
        while (_keys.TryTake(out var key))
        {
            Press(key);
        }

        _screen.Draw(_line, Width);
        Flush();
    }

    private void PrintAll()
    {
        while (_lines.Reader.TryRead(out var line))
        {
            if (line is not null)
            {
                _screen.AddLine(line);
            }
        }

        if (Interlocked.Exchange(ref _lost, 0) is > 0 and var lost)
        {
            _screen.AddLine($"({lost} lines could not be shown: the terminal is too slow)");
        }
    }

    private void Press(Key key)
    {
        var info = key.Info;
        var control = info.Modifiers.HasFlag(ConsoleModifiers.Control);
        if (info.Key == ConsoleKey.Enter || info.KeyChar is '\r' or '\n')
        {
            Enter();
        }
        else if (control && info.Key == ConsoleKey.D && _line.Text.Length == 0)
        {
            _entered.Writer.TryComplete();
        }
        else if (control && info.Key == ConsoleKey.L)
        {
            _screen.Clear();
        }
        else if (!_line.Apply(info) && !control && !info.Modifiers.HasFlag(ConsoleModifiers.Alt) && !char.IsControl(info.KeyChar) && !_line.Insert(key.Text))
        {
            _screen.Ring();
        }
    }

    private void Enter()
    {
        if (!string.IsNullOrWhiteSpace(_line.Text) && !_entered.Writer.TryWrite(_line.Text))
        {
            _screen.Ring();
            return;
        }

        // A text comes back when it is delivered; a command would be gone, and its answer without a question.
        var line = _line.Take();
        if (line is ['/', ..])
        {
            _screen.AddLine(prompt + line);
        }
    }

    private void Flush()
    {
        _output.Write(Encoding.UTF8.GetBytes(_screen.Take()));
        _output.Flush();
    }

    private readonly record struct Key(ConsoleKeyInfo Info, string Text);
}
