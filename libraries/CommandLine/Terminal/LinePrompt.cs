using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Threading.Channels;

namespace ChittyChat.CommandLine;

/// <summary>
/// A prompt in the terminal of the process: a line editor with history and completion, and output that appears above the line being typed. One thread
/// owns the screen; everybody else hands it lines.
/// </summary>
/// <remarks>
/// <para>
/// While it runs nobody else may read from standard input or write to standard output. It is for terminals only (<see cref="CanEdit"/>); standard input
/// that is a pipe is read in another way.
/// </para>
/// <para>
/// Control characters in output are made harmless, but a line break begins a new line. So what strangers wrote (a message) has to go through
/// <see cref="DisplayText.Harmless(string)"/> first, or it could look like several lines.
/// </para>
/// </remarks>
public sealed partial class LinePrompt : IOutput, IAsyncDisposable
{
    /// <summary>So long an Escape is waited for what could make it a sequence: terminals send those at once, networks may not.</summary>
    internal static readonly TimeSpan EscapeDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>So long what was entered may run on after the user wants to leave.</summary>
    internal static readonly TimeSpan LeaveDelay = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FarewellTimeout = TimeSpan.FromSeconds(2);

    private readonly LinePromptOptions _options;
    private readonly ITerminal _terminal;
    private readonly TimeProvider _time;

    // When it is full, WriteAsync waits, and Write loses the line and counts it.
    private readonly Channel<StyledText> _output;

    // When it is full, Enter says so and the text stays.
    private readonly Channel<string> _lines;

    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _leaving = new();
    private readonly Lock _commandsGate = new();
    private ImmutableList<RunningCommand> _commands = ImmutableList<RunningCommand>.Empty;
    private Thread? _thread;
    private long _lost;
    private bool _isStopping;

    /// <summary>Makes a prompt in the terminal of the process. Nothing happens before <see cref="Start"/>.</summary>
    /// <param name="options">What it looks like and works with.</param>
    /// <param name="time">For telling the key Escape from sequences that begin with it.</param>
    [SuppressMessage("Reliability", "CA2000", Justification = "The prompt disposes the terminal.")]
    public LinePrompt(LinePromptOptions options, TimeProvider time)
        : this(options, time, OperatingSystem.IsWindows() ? new WindowsTerminal() : new UnixTerminal())
    {
    }

    internal LinePrompt(LinePromptOptions options, TimeProvider time, ITerminal terminal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.OutputCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.LineCapacity, 1);
        (_options, _time, _terminal) = (options, time, terminal);
        _output = Channel.CreateBounded<StyledText>(new BoundedChannelOptions(options.OutputCapacity) { SingleReader = true });
        _lines = Channel.CreateBounded<string>(options.LineCapacity);
        _palette = new(options.HasColours);
        _screen = new(_palette);
        _editor = new(options.IsSecret);
        _completion = options.Completion is null ? null : new(options.Completion, terminal.Wake);
    }

    /// <summary>Whether standard input and output are a terminal that understands cursor codes (<c>TERM</c> is neither missing nor <c>dumb</c>).</summary>
    public static bool CanEdit => !Console.IsInputRedirected && !Console.IsOutputRedirected
        && (OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"));

    /// <summary>How many columns the terminal has now.</summary>
    public int? Width => _terminal.Size.Columns;

    /// <summary>Shows the prompt and begins to read keys.</summary>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public void Start()
    {
        if (_thread is not null)
        {
            throw new InvalidOperationException("The prompt was started before.");
        }

        // A thread of its own: it waits for keys, and keys must not wait for the thread pool.
        _thread = new Thread(Run) { IsBackground = true, Name = "prompt" };
        _thread.Start();
    }

    /// <summary>
    /// Gives the lines that are entered, in order; never blank ones. Ends when the user wants to leave (Ctrl-D on an empty line) or the terminal is gone;
    /// the prompt is not shown any more then, but output still is. A command that still runs one second later is cancelled.
    /// </summary>
    public IAsyncEnumerable<string> ReadLinesAsync(CancellationToken cancellationToken) => _lines.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Prints a line above the prompt. Never waits: when too much waits already the line is lost, and how many were is shown.</summary>
    public void Write(StyledText line)
    {
        if (!_output.Writer.TryWrite(line) && !Volatile.Read(ref _isStopping))
        {
            Interlocked.Increment(ref _lost);
        }

        _terminal.Wake();
    }

    /// <summary>Prints a line above the prompt, waiting for room. Does nothing when the prompt has ended.</summary>
    public async ValueTask WriteAsync(StyledText line, CancellationToken cancellationToken)
    {
        while (await _output.Writer.WaitToWriteAsync(cancellationToken))
        {
            if (_output.Writer.TryWrite(line))
            {
                _terminal.Wake();
                return;
            }
        }
    }

    /// <summary>Draws the prompt anew because what it shows has changed. Cheap; safe to call from any thread and as often as one likes.</summary>
    public void RefreshPrompt() => _terminal.Wake();

    /// <summary>
    /// Says that a command runs until the result is disposed: Ctrl-C cancels it then, instead of clearing the line, and forgets the lines that were entered
    /// but not yet read.
    /// </summary>
    public RunningCommand BeginCommand(CancellationToken cancellationToken)
    {
        var command = new RunningCommand(EndCommand, cancellationToken, _leaving.Token);
        lock (_commandsGate)
        {
            _commands = _commands.Add(command);
        }

        return command;
    }

    /// <summary>Ends the prompt: everything that was written is on the screen, and the terminal is as it was before.</summary>
    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _isStopping, true);
        _output.Writer.TryComplete();
        _lines.Writer.TryComplete();
        if (_thread is not null)
        {
            _terminal.Wake();
            try
            {
                await _finished.Task.WaitAsync(FarewellTimeout, _time);
            }
            catch (TimeoutException)
            {
                // The terminal takes nothing: what is not shown by now will not be.
            }

            await KeptAsync();
        }

        _completion?.Dispose();
        _leaveTimer?.Dispose();
        _terminal.Dispose();
    }

    private void EndCommand(RunningCommand command)
    {
        lock (_commandsGate)
        {
            _commands = _commands.Remove(command);
        }
    }

    private void CancelCommand()
    {
        lock (_commandsGate)
        {
            _commands.LastOrDefault()?.Cancel();
        }

        var forgotten = 0;
        while (_lines.Reader.TryRead(out _))
        {
            forgotten++;
        }

        if (forgotten > 0)
        {
            Print(new(string.Create(CultureInfo.InvariantCulture, $"({forgotten} {(forgotten == 1 ? "line" : "lines")} entered after it will not be run)"), Meaning.Warning));
        }
    }
}
