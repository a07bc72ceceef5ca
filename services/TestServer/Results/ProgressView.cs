using ChittyChat.TestServer.Runs;
using Spectre.Console;

namespace ChittyChat.TestServer.Results;

/// <summary>Shows a run while it happens: in a terminal what each peer does and sees, elsewhere a line for each step.</summary>
internal sealed class ProgressView(IAnsiConsole console)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly SortedDictionary<string, PeerRow> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<long, StepStarted> _steps = [];
    private string _scenario = "";
    private string _now = "";
    private int _passed;

    /// <summary>Shows the events until the last one.</summary>
    public async Task ShowAsync(IAsyncEnumerable<RunEntry> entries, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
        {
            await foreach (var entry in entries.WithCancellation(cancellationToken))
            {
                Apply(entry.Event);
                if (Line(entry) is { } line)
                {
                    console.WriteLine(line);
                }
            }

            return;
        }

        await console.Live(new Text("")).AutoClear(false).StartAsync(async live =>
        {
            var drawn = 0L;
            await foreach (var entry in entries.WithCancellation(cancellationToken))
            {
                Apply(entry.Event);
                // A flood has more events than a terminal has frames.
                if (drawn == 0 || time.GetElapsedTime(drawn) >= Interval || entry.Event is RunEnded or StepEnded { Outcome: StepOutcome.Failed })
                {
                    live.UpdateTarget(Draw());
                    drawn = time.GetTimestamp();
                }
            }
        });
    }

    /// <summary>What came of it.</summary>
    public void Summarise(Verdict verdict, IEnumerable<string> lines, string directory)
    {
        var colour = verdict == Verdict.Passed ? Color.Green : Color.Red;
        var isFirst = true;
        foreach (var line in lines)
        {
            console.Write(new Text(line + "\n", isFirst ? new Style(colour, decoration: Decoration.Bold) : Style.Plain));
            isFirst = false;
        }

        console.Write(new Text($"  results: {directory}\n"));
    }

    /// <summary>What is said of an event where lines follow each other; null for nothing.</summary>
    internal string? Line(RunEntry entry) => entry.Event switch
    {
        RunStarted started => $"{started.Scenario}: {started.Teaches}",
        PeerAttended attended => At(entry, $"{attended.Peer} is in the chat (session {attended.Session})"),
        PeerGone gone => At(entry, $"{gone.Peer} {gone.How switch { Departure.Left => "has left", Departure.Crashed => "was killed", _ => "is lost" }}"),
        StepEnded { Outcome: StepOutcome.Passed } step => At(entry, $"ok   {Text(step)}"),
        StepEnded { Outcome: StepOutcome.Failed } step => At(entry, $"FAIL {Text(step)}: {step.Reason}"),
        _ => null,
    };

    private static string At(RunEntry entry, string text) => FormattableString.Invariant($"{entry.Milliseconds / 1000,7:0.000}  {text}");

    private string Text(StepEnded step) => $"line {step.Line}: {(step.Peer is { } peer ? peer + ": " : "")}{_steps[step.Step].Text}";

    private void Apply(RunEvent happened)
    {
        switch (happened)
        {
            case RunStarted started:
                _scenario = started.Scenario;
                foreach (var peer in started.Peers)
                {
                    Row(peer);
                }

                break;
            case PeerAttended attended:
                Row(attended.Peer).State = "in the chat";
                break;
            case PeerGone gone:
                Row(gone.Peer).State = gone.How.ToString().ToLowerInvariant();
                break;
            case StepStarted step:
                _steps[step.Step] = step;
                _now = $"line {step.Line}: {step.Text}";
                if (step.Peer is { } actor)
                {
                    Row(actor).Step = step.Text;
                }

                break;
            case StepEnded step:
                _passed += step.Outcome == StepOutcome.Passed ? 1 : 0;
                if (step.Peer is { } doer)
                {
                    (Row(doer).Done, Row(doer).Failed) = (Row(doer).Done + 1, Row(doer).Failed || step.Outcome == StepOutcome.Failed);
                }

                break;
            case Delivered delivered:
                Row(delivered.Peer).Delivered++;
                Row(delivered.Peer).Lamport = delivered.DeliveredAt;
                break;
            case ViewChanged view:
                Row(view.Peer).Members = view.Members.Count(member => member.IsPresent);
                break;
            case ScriptEnded:
                _now = "the script is through; the peers come to rest";
                break;
            default:
                break;
        }
    }

    private PeerRow Row(string peer)
    {
        if (!_rows.TryGetValue(peer, out var row))
        {
            _rows.Add(peer, row = new PeerRow());
        }

        return row;
    }

    private Rows Draw()
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("peer", "state", "members", "delivered", "L", "steps", "now");
        foreach (var (peer, row) in _rows)
        {
            table.AddRow(
                new Text(peer, new Style(row.Failed ? Color.Red : Color.Default)), new Text(row.State), new Text($"{row.Members}"), new Text($"{row.Delivered}"), new Text($"{row.Lamport}"),
                new Text($"{row.Done}"), new Text(row.Step.Length > 48 ? row.Step[..47] + "…" : row.Step));
        }

        return new Rows(new Text(_scenario, new Style(decoration: Decoration.Bold)), table, new Text($"{_passed} steps passed; {_now}"));
    }

    private sealed class PeerRow
    {
        public string State { get; set; } = "not there";

        public string Step { get; set; } = "";

        public int Members { get; set; }

        public long Delivered { get; set; }

        public ulong Lamport { get; set; }

        public int Done { get; set; }

        public bool Failed { get; set; }
    }
}
