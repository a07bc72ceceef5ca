using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using ChittyChat.Contracts.V1;
using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Attendance;

/// <summary>Who is told what a peer reports: the stage of the run in which it takes part. Called in the order of the reports, never by two threads for the same peer.</summary>
internal interface IAttendanceSink
{
    void Attended(AttendingPeer peer);

    void Reported(AttendingPeer peer, AttendanceReport report);

    void Gone(AttendingPeer peer);
}

/// <summary>A peer that attends: one call of one process.</summary>
internal sealed class AttendingPeer(AttendanceHello hello)
{
    // So many orders can wait for a peer that does not read; a step that finds it full fails.
    private const int MostOrders = 1_024;

    private readonly Channel<AttendanceOrder> _orders = Channel.CreateBounded<AttendanceOrder>(
        new BoundedChannelOptions(MostOrders) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<LineAnswer>> _pending = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong _steps;

    public string Name => hello.Name;

    public int Process => hello.ProcessId;

    public string Session { get; } = SessionText(hello.Session);

    public string Gossip => hello.GossipAddress;

    /// <summary>What is to be sent to the peer.</summary>
    public ChannelReader<AttendanceOrder> Orders => _orders.Reader;

    /// <summary>Completes when the attendance is over.</summary>
    public Task Ended => _ended.Task;

    public static string SessionText(ulong session) => session.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Begins or ends the reports of deliveries and views.</summary>
    public void Watch(bool fromStart) => _orders.Writer.TryWrite(new AttendanceOrder { StartWatching = new StartWatching { FromStart = fromStart } });

    /// <inheritdoc cref="Watch"/>
    public void StopWatching() => _orders.Writer.TryWrite(new AttendanceOrder { StopWatching = new StopWatching() });

    /// <summary>Lets the peer execute a line. The end of the peer is success for a command that asks for it.</summary>
    public async Task<LineAnswer> ExecuteAsync(string line, CancellationToken cancellationToken)
    {
        var step = Interlocked.Increment(ref _steps);
        var answer = new TaskCompletionSource<LineAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[step] = answer;
        if (_ended.Task.IsCompleted || !_orders.Writer.TryWrite(new AttendanceOrder { Execute = new ExecuteLine { Step = step, Line = line } }))
        {
            _pending.TryRemove(step, out _);
            return LineAnswer.Refused(_ended.Task.IsCompleted ? $"{Name} is not there any more" : $"{Name} does not read its orders");
        }

        try
        {
            var first = await Task.WhenAny(answer.Task, _ended.Task).WaitAsync(cancellationToken);
            return first == answer.Task ? await answer.Task
                : EndsProcess(line) ? new LineAnswer(true, "", [])
                : LineAnswer.Refused($"{Name} ended while it executed '{line}'");
        }
        catch (OperationCanceledException)
        {
            _orders.Writer.TryWrite(new AttendanceOrder { Cancel = new CancelStep { Step = step } });
            throw;
        }
        finally
        {
            _pending.TryRemove(step, out _);
        }
    }

    /// <summary>Whether a command ends the process that executes it.</summary>
    public static bool EndsProcess(string line) => line.Split(' ')[0] is "/crash" or "/quit" or "/exit";

    /// <summary>How a process ends that executes such a command.</summary>
    public static Departure HowEnds(string line) => line.StartsWith("/crash", StringComparison.Ordinal) ? Departure.Crashed : Departure.Left;

    /// <summary>A result has come.</summary>
    public void Complete(StepResult result)
    {
        if (_pending.TryGetValue(result.Step, out var answer))
        {
            answer.TrySetResult(new LineAnswer(
                result.Succeeded, result.Reason, [.. result.Output],
                result.MessageId is { Session: not 0 } id ? new MessageKey(SessionText(id.Session), id.Sequence) : null, result.LamportTime));
        }
    }

    /// <summary>The call is over.</summary>
    public void End()
    {
        _orders.Writer.TryComplete();
        _ended.TrySetResult();
    }
}
