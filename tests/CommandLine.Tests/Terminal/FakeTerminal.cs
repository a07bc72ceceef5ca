using System.Collections.Concurrent;
using System.Text;
using ChittyChat.CommandLine.Tests.Editing;

namespace ChittyChat.CommandLine.Tests.Terminal;

/// <summary>A terminal in memory: a test presses its keys and sees its screen.</summary>
internal sealed class FakeTerminal : ITerminal
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly BlockingCollection<byte[]> _input = [];
    private readonly FakeScreen _screen = new(40, 10);
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _written = new(0);
    private readonly ManualResetEventSlim _takesOutput = new(true);

    public bool IsRaw { get; private set; }

    public TerminalSize Size => new(40, 10);

    public void Enter() => IsRaw = true;

    public void Leave() => IsRaw = false;

    public TerminalEvent Wait(Span<byte> buffer, out int count)
    {
        var bytes = _input.Take();
        bytes.CopyTo(buffer);
        count = bytes.Length;
        return bytes is [0x04, 0x04] ? TerminalEvent.Closed : bytes.Length > 0 ? TerminalEvent.Input : TerminalEvent.Woken;
    }

    public void Wake() => _input.Add([]);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _takesOutput.Wait();
        lock (_gate)
        {
            _screen.Write(Encoding.UTF8.GetString(bytes));
        }

        _written.Release();
    }

    public bool TrySuspend() => false;

    public void Press(string text) => _input.Add(Encoding.UTF8.GetBytes(text));

    public void Close() => _input.Add([0x04, 0x04]);

    public void Stop() => _takesOutput.Reset();

    public void Continue() => _takesOutput.Set();

    /// <summary>Waits until the screen shows exactly this.</summary>
    public async Task ShowsAsync(params string[] lines)
    {
        var expected = string.Join('\n', lines);
        for (var shown = Text(); shown != expected; shown = Text())
        {
            Assert.True(await _written.WaitAsync(Patience), $"The screen should show\n{expected}\nbut shows\n{shown}");
        }
    }

    public void Dispose()
    {
        // Somebody may still wake it, and a test look at it.
    }

    private string Text()
    {
        lock (_gate)
        {
            return string.Join('\n', _screen.Lines().Select(line => string.Concat(line.Select(cell => cell.Text)).TrimEnd()));
        }
    }
}
