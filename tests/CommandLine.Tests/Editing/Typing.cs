namespace ChittyChat.CommandLine.Tests.Editing;

/// <summary>An editor, and somebody who types at it.</summary>
internal sealed class Typing
{
    private readonly LineEditor _editor = new(line => line.StartsWith("/secret", StringComparison.Ordinal));

    public Typing(params string[] history) => State = new() { History = LineHistory.Of(history, 1000) };

    public EditorState State { get; private set; }

    /// <summary>All effects so far but bells and questions to the completion source.</summary>
    public List<EditorEffect> Effects { get; } = [];

    public int Bells { get; private set; }

    /// <summary>The version of the last question to the completion source; -1 when none was asked.</summary>
    public long Asked { get; private set; } = -1;

    /// <summary>The text with a bar where the cursor is.</summary>
    public string Shown => State.Line.Text.Insert(State.Line.Cursor, "|");

    /// <summary>What was handed over.</summary>
    public IEnumerable<string> Submitted => Effects.OfType<EditorEffect.Submit>().SelectMany(submit => submit.Lines);

    public Typing Text(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            Press(KeyPress.Of(rune.ToString()));
        }

        return this;
    }

    public Typing Paste(string text) => Press(new KeyPress(Key.Paste, text));

    public Typing Control(params ReadOnlySpan<char> letters)
    {
        foreach (var letter in letters)
        {
            Press(KeyPress.Control(letter));
        }

        return this;
    }

    public Typing Alt(char letter) => Press(KeyPress.Alt(letter));

    public Typing Press(Key key, KeyModifiers modifiers = KeyModifiers.None, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            Press(new KeyPress(key, "", modifiers));
        }

        return this;
    }

    public Typing Press(KeyPress key) => Take(_editor.Press(State, key));

    public Typing Answer(CompletionList list, long? version = null) => Take(LineEditor.Complete(State, version ?? State.Version, list));

    public Typing Running(bool isRunning)
    {
        State = State with { IsCommandRunning = isRunning };
        return this;
    }

    private Typing Take(EditorStep step)
    {
        State = step.State;
        foreach (var effect in step.Effects)
        {
            switch (effect)
            {
                case EditorEffect.Ring:
                    Bells++;
                    break;
                case EditorEffect.AskCompletion ask:
                    Asked = ask.Version;
                    break;
                default:
                    Effects.Add(effect);
                    break;
            }
        }

        return this;
    }
}
