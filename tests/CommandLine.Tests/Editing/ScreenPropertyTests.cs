using CsCheck;

namespace ChittyChat.CommandLine.Tests.Editing;

/// <summary>
/// After any keys, output and resizes the terminal shows what a naive drawing would: all that was printed, and below it the frame. A failure prints the seed
/// with which it can be repeated.
/// </summary>
public sealed class ScreenPropertyTests
{
    private static readonly string[] Pieces =
        ["a", "b", " ", "wide 漢字", "漢", "é", "e\u0301", "👨‍👩‍👧", "\u0301", "\u200B", "long enough to be wrapped at most widths, and once more at small ones"];

    private static readonly KeyPress[] Keys =
    [
        new(Key.Left), new(Key.Right), new(Key.Home), new(Key.End), new(Key.Up), new(Key.Down), new(Key.Backspace), new(Key.Delete), new(Key.Tab), new(Key.Tab),
        new(Key.Tab, "", KeyModifiers.Shift), new(Key.Enter), new(Key.Escape), new(Key.Left, "", KeyModifiers.Control), new(Key.Right, "", KeyModifiers.Control),
        KeyPress.Control('k'), KeyPress.Control('u'), KeyPress.Control('w'), KeyPress.Control('y'), KeyPress.Control('r'), KeyPress.Control('g'),
        KeyPress.Control('_'), KeyPress.Control('c'), KeyPress.Alt('y'), KeyPress.Alt('/'), KeyPress.Control('t'), new(Key.Paste, "two\nlines"), new(Key.Paste, "漢\n\nthree"),
    ];

    private static readonly string[] Printed = ["", "hello", "a line that is longer than narrow terminals are, by far", "漢字漢字漢字漢字漢字漢字", "\tb", "a\nb"];

    private static readonly Gen<Action> Actions = Gen.Frequency(
        (8, Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Select(text => (Action)new TypeText(text))),
        (10, Gen.Int[0, Keys.Length - 1].Select(i => Keys[i]).Select(key => (Action)new PressKey(key))),
        (4, Gen.Int[0, Printed.Length - 1].Select(i => Printed[i]).Array[1, 3].Select(lines => (Action)new PrintLines(lines))),
        (2, Gen.Select(Gen.Int[10, 80], Gen.Int[3, 30]).Select(size => (Action)new Resize(size.Item1, size.Item2))),
        (1, Gen.Const((Action)new Clear())));

    [Fact]
    public void The_screen_is_what_a_naive_drawing_would_be()
    {
        var coverage = new Coverage();
        Gen.Select(Gen.Int[10, 80], Gen.Int[3, 30], Actions.Array[1, 60]).Sample(
            (columns, rows, actions) => new Session(columns, rows, coverage).Run(actions), iter: 1500, print: Print);
        // The hard cases were there.
        Assert.True(coverage.Wrapped > 300 && coverage.Changed > 1000 && coverage.Narrowed > 300 && coverage.WithMenu > 300, coverage.ToString());
    }

    [Fact]
    public void Every_width_shows_a_line_of_every_length_around_it()
    {
        for (var columns = 10; columns <= 80; columns++)
        {
            var session = new Session(columns, 24, new Coverage());
            session.Run([new TypeText(new string('x', columns - 6))]);
            string[] ends = ["a", "b", "漢", "c", "d", "漢", "漢", "e"];
            session.Run([.. ends.Select(text => new TypeText(text)), .. ends.Select(_ => new PressKey(new(Key.Left))), .. ends.Select(text => new TypeText(text))]);
            session.Run([.. Enumerable.Repeat(new PressKey(new(Key.Backspace)), columns + 10), new PrintLines([new string('y', columns), new string('z', columns + 1)])]);
        }
    }

    private static string Print((int Columns, int Rows, Action[] Actions) run) => $"{run.Columns}x{run.Rows}: {string.Join(", ", run.Actions.Select(action => action.ToString()))}";

    private abstract record Action;

    private sealed record TypeText(string Text) : Action;

    private sealed record PressKey(KeyPress Key) : Action;

    private sealed record PrintLines(string[] Lines) : Action
    {
        public override string ToString() => $"Print {string.Join('|', Lines)}";
    }

    private sealed record Resize(int Columns, int Rows) : Action;

    private sealed record Clear : Action;

    private sealed record Coverage
    {
        public int Wrapped { get; set; }

        public int Changed { get; set; }

        public int Narrowed { get; set; }

        public int WithMenu { get; set; }
    }

    private sealed class Session(int columns, int rows, Coverage coverage)
    {
        private static readonly Palette Colours = new(HasColours: true);

        private readonly ScreenWriter _writer = new(Colours);
        private readonly FakeScreen _screen = new(columns, rows);
        private readonly Typing _typing = new("hello world", "漢字 history", "a");
        private List<List<(string Text, string Look)>> _printed = [];
        private TerminalSize _size = new(columns, rows);
        private Frame _frame = Frame.Empty;

        public void Run(params IEnumerable<Action> actions)
        {
            foreach (var action in actions)
            {
                Do(action);
            }
        }

        private void Do(Action action)
        {
            IReadOnlyList<string> lines = [];
            var output = "";
            switch (action)
            {
                case TypeText type:
                    _typing.Text(type.Text);
                    break;
                case PressKey press:
                    _typing.Press(press.Key);
                    AnswerIfAsked();
                    break;
                case PrintLines print:
                    lines = [.. print.Lines.SelectMany(line => OutputText.Lines(new(line, Meaning.Success), Colours))];
                    _printed.AddRange(lines.Select(Cells));
                    break;
                case Resize resize:
                    // Of a frame with more rows than the terminal has now, those at the top have scrolled out, and nobody can take them back.
                    coverage.Narrowed += resize.Columns < _size.Columns ? 1 : 0;
                    _size = new(resize.Columns, resize.Rows);
                    _screen.Resize(resize.Columns, resize.Rows);
                    break;
                case Clear:
                    output = _writer.Clear();
                    break;
            }

            var frame = FrameLayout.Of(_typing.State, new([new("me", Meaning.Name), new("> ")]), Counter(), _size);
            coverage.Wrapped += frame.Rows.Length > 1 ? 1 : 0;
            coverage.Changed += lines.Count == 0 && frame.ToString() != _frame.ToString() ? 1 : 0;
            coverage.WithMenu += _typing.State.Menu is null ? 0 : 1;
            if (action is Clear)
            {
                _screen.Write(output);
                _printed = _screen.Lines()[..^1];
            }

            _screen.Write(_writer.Show(lines, frame, _size));
            _frame = frame;
            AssertShown(action);
        }

        private void AnswerIfAsked()
        {
            if (_typing.State.TabWaits)
            {
                var end = _typing.State.Line.Cursor;
                _typing.Answer(new(end, 0, [new("candidate", "what it is"), new("candid", "漢字漢字漢字漢字漢字漢字漢字漢字"), new("can", "")]));
            }
        }

        private StyledText? Counter() => _typing.State.Line.IsEmpty ? null : new($"{_typing.State.Line.Text.Length}/128", Meaning.Muted);

        private void AssertShown(Action action)
        {
            var expected = _frame.Rows.Select(row => row.Where(cell => !cell.IsContinuation).Select(cell => (cell.Text, Code(cell.Look))).ToList()).ToList();
            var shown = _screen.Lines();
            var frameShown = shown[^Math.Min(expected.Count, shown.Count)..];
            Assert.Equal(string.Join('\n', expected.Select(Text)), string.Join('\n', frameShown.Select(Text)));
            Assert.Equal(expected, frameShown);
            Assert.Equal((_frame.Rows.Length - 1 - _frame.CursorRow, _frame.CursorColumn), _screen.Cursor);
            Assert.True(_screen.IsCursorVisible);

            var above = shown[..^expected.Count];
            if (action is Resize && above.Count > _printed.Count)
            {
                _printed = above;
            }

            Assert.Equal(string.Join('\n', _printed.Select(Text)), string.Join('\n', above.Select(Text)));
            Assert.Equal(_printed, above);
        }

        private static string Text(List<(string Text, string Look)> cells) => string.Concat(cells.Select(cell => cell.Text));

        private static string Code(Look look) => Colours.Start(look).Replace("\e[", "", StringComparison.Ordinal).TrimEnd('m');

        private static List<(string Text, string Look)> Cells(string line)
        {
            var screen = new FakeScreen(10_000, 10);
            screen.Write(line);
            return screen.Lines()[0];
        }
    }
}
