using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ChittyChat.CommandLine;

/// <content>The thread that owns the screen.</content>
public sealed partial class LinePrompt
{
    // After so many lines it is the keys' turn.
    private const int LinesPerDraw = 256;

    private readonly Palette _palette;
    private readonly ScreenWriter _screen;
    private readonly LineEditor _editor;
    private readonly CompletionRequests? _completion;
    private readonly KeyDecoder _decoder = new();
    private readonly List<KeyPress> _keys = [];
    private readonly List<string> _above = [];
    private EditorState _state = new();
    private long _askedVersion = -1;
    private ITimer? _escapeTimer;
    private ITimer? _leaveTimer;
    private long _lastInput;
    private Task<string?> _keeping = Task.FromResult<string?>(null);
    private bool _hasHistoryFailed;
    private bool _isAway;
    private bool _hasEnded;
    private bool _clears;
    private int _rings;

    private void Run()
    {
        var buffer = new byte[4096];
        try
        {
            Begin();
            while (!Volatile.Read(ref _isStopping))
            {
                Draw();
                switch (_terminal.Wait(buffer, out var count))
                {
                    case TerminalEvent.Input:
                        _lastInput = _time.GetTimestamp();
                        _decoder.Decode(buffer.AsSpan(0, count), _keys);
                        break;
                    case TerminalEvent.Closed:
                        End();
                        break;
                    case TerminalEvent.Continued when !_hasEnded:
                        // Others have written to the terminal meanwhile.
                        _screen.Forget();
                        _terminal.Enter();
                        _isAway = false;
                        break;
                }

                ExpireEscape();
                PressKeys();
                TakeAnswer();
            }

            Finish();
        }
        catch (IOException)
        {
            // The terminal is gone.
        }
        finally
        {
            _lines.Writer.TryComplete();
            _output.Writer.TryComplete();
            _escapeTimer?.Dispose();
            _terminal.Leave();
            _finished.TrySetResult();
        }
    }

    private void Begin()
    {
        _state = _state with { History = LineHistory.Of(_options.History?.Read() ?? [], _options.History?.Limit ?? LineHistory.UsualCapacity) };
        _escapeTimer = _time.CreateTimer(_ => _terminal.Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _terminal.Enter();
        foreach (var line in _options.Greeting)
        {
            Print(line);
        }
    }

    private void Draw()
    {
        if (_isAway)
        {
            return;
        }

        var lines = TakeLines();
        var size = _terminal.Size;
        var frame = _hasEnded ? Frame.Empty : FrameLayout.Of(_state, Prompt(), Counter(), size);
        var output = (_clears ? _screen.Clear() : "") + _screen.Show(lines, frame, size) + new string('\a', Math.Min(_rings, 1));
        (_clears, _rings) = (false, 0);
        Send(output);
    }

    private List<string> TakeLines()
    {
        for (var i = 0; i < LinesPerDraw && _output.Reader.TryRead(out var line); i++)
        {
            Print(line);
        }

        if (Interlocked.Exchange(ref _lost, 0) is > 0 and var lost)
        {
            Print(new(string.Create(CultureInfo.InvariantCulture, $"({lost} {(lost == 1 ? "line" : "lines")} could not be shown: the terminal is too slow)"), Meaning.Warning));
        }

        if (_output.Reader.Count > 0)
        {
            _terminal.Wake();
        }

        var lines = _above.ToList();
        _above.Clear();
        return lines;
    }

    private void Print(StyledText line) => _above.AddRange(OutputText.Lines(line, _palette));

    private void Send(string output)
    {
        if (output.Length > 0)
        {
            _terminal.Write(Encoding.UTF8.GetBytes(output));
        }
    }

    // An Escape that nothing followed for a while is the key.
    private void ExpireEscape()
    {
        if (!_decoder.IsWaiting)
        {
            return;
        }

        var left = EscapeDelay - _time.GetElapsedTime(_lastInput);
        if (left <= TimeSpan.Zero)
        {
            _decoder.Expire(_keys);
        }
        else
        {
            // Rounded up, or it would come too early by less than the timer can tell.
            _escapeTimer!.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        }
    }

    private void PressKeys()
    {
        foreach (var key in _keys)
        {
            if (_hasEnded)
            {
                break;
            }

            var before = _state with { IsCommandRunning = !_commands.IsEmpty };
            Apply(before, _editor.Press(before, key));
        }

        _keys.Clear();
    }

    private void TakeAnswer()
    {
        if (_completion is not null && _completion.TryTake(out var version, out var list))
        {
            Apply(_state, LineEditor.Complete(_state, version, list));
        }
    }

    private void Apply(EditorState before, EditorStep step)
    {
        _state = step.State;
        foreach (var effect in step.Effects)
        {
            switch (effect)
            {
                case EditorEffect.Submit submit when !TrySubmit(submit):
                    _state = before with { Menu = null, Search = null };
                    break;
                case EditorEffect.AskCompletion ask:
                    Ask(ask);
                    break;
                case EditorEffect.CancelCommand:
                    CancelCommand();
                    break;
                case EditorEffect.SayHowToQuit:
                    Print(_options.QuitHint);
                    break;
                case EditorEffect.EndOfInput:
                    End();
                    break;
                case EditorEffect.ClearScreen:
                    _clears = true;
                    break;
                case EditorEffect.Suspend:
                    Suspend();
                    break;
                case EditorEffect.Ring:
                    _rings++;
                    break;
            }
        }

        if (_askedVersion >= 0 && _askedVersion != _state.Version)
        {
            _askedVersion = -1;
            _completion?.Forget();
        }
    }

    private void Ask(EditorEffect.AskCompletion ask)
    {
        if (_completion is null)
        {
            Apply(_state, LineEditor.Complete(_state, ask.Version, CompletionList.None));
            return;
        }

        _askedVersion = ask.Version;
        _completion.Ask(ask.Version, ask.Line);
    }

    private bool TrySubmit(EditorEffect.Submit submit)
    {
        // Only this thread adds lines, so the room cannot become less meanwhile.
        if (_lines.Reader.Count + submit.Lines.Length > _options.LineCapacity)
        {
            _rings++;
            Print(new(string.Create(CultureInfo.InvariantCulture, $"(Not entered: no more than {_options.LineCapacity} lines can wait to be run.)"), Meaning.Warning));
            return false;
        }

        var prompt = Prompt();
        foreach (var line in submit.Lines)
        {
            if (_options.StaysVisible(line))
            {
                Print(new([.. prompt.Runs, new(line)]));
            }

            _lines.Writer.TryWrite(line);
        }

        if (_options.History is { } history && submit.Lines.Where(line => !_options.IsSecret(line)).ToArray() is { Length: > 0 } kept)
        {
            _keeping = KeepAsync(_keeping, history, kept);
        }

        return true;
    }

    // One after the other, in order, and away from this thread: a disk may be slow.
    private async Task<string?> KeepAsync(Task<string?> before, HistoryFile history, string[] lines)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var problem = await history.AppendAsync(lines, CancellationToken.None);
        if (problem is not null && !_hasHistoryFailed)
        {
            _hasHistoryFailed = true;
            Write(new($"The history is not kept: {problem}", Meaning.Warning));
        }

        return problem;
    }

    private async Task KeptAsync()
    {
        try
        {
            await _keeping.WaitAsync(FarewellTimeout, _time);
        }
        catch (TimeoutException)
        {
            // The disk is too slow: the newest lines are not kept.
        }
    }

    // From here on the terminal is as it was, so that Ctrl-C stops a program which does not end by itself.
    private void End()
    {
        if (!_hasEnded)
        {
            _leaveTimer = _time.CreateTimer(_ => _leaving.Cancel(), null, LeaveDelay, Timeout.InfiniteTimeSpan);
        }

        _hasEnded = true;
        _lines.Writer.TryComplete();
        Send(_screen.Hide(_terminal.Size.Columns));
        _terminal.Leave();
    }

    private void Suspend()
    {
        Send(_screen.Hide(_terminal.Size.Columns));
        _terminal.Leave();
        _isAway = _terminal.TrySuspend();
        if (!_isAway)
        {
            _terminal.Enter();
            _rings++;
        }
    }

    private void Finish()
    {
        while (_output.Reader.Count > 0 || _above.Count > 0 || !_hasEnded)
        {
            _hasEnded = true;
            Draw();
        }

        Send(_screen.Hide(_terminal.Size.Columns));
    }

    [SuppressMessage("Design", "CA1031", Justification = "A prompt that cannot be made must not take the command line away.")]
    private StyledText Prompt()
    {
        try
        {
            return _options.Prompt();
        }
        catch (Exception)
        {
            return "> ";
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "As for the prompt.")]
    private StyledText? Counter()
    {
        try
        {
            // Each line of a paste is handed over by itself.
            var line = _state.Line;
            return _options.Counter?.Invoke(line.Text[line.LineStart()..line.LineEnd()]);
        }
        catch (Exception)
        {
            return null;
        }
    }
}
