using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ChittyChat.Contracts.V1;
using ChittyChat.Dashboard.Observation;
using Grpc.Core;
using Grpc.Net.Client;

namespace ChittyChat.Dashboard.Terminals;

/// <summary>
/// One terminal: attached to a peer's prompt for as long as it is open, whatever happens to the connection. Lines run one after the other.
/// </summary>
internal sealed class TerminalSession : IAsyncDisposable
{
    public const int MaxWaiting = 16;

    private const int Backlog = 20;

    private static readonly TimeSpan CompletionPatience = TimeSpan.FromSeconds(2);

    private readonly Reconnection _reconnection;
    private readonly TimeProvider _time;
    private readonly Metadata _headers;
    private readonly Lock _gate = new();
    private readonly Scrollback _screen = new();
    private readonly CancellationTokenSource _closed = new();

    // When it is full the line is refused, and the screen says so.
    private readonly Channel<(string Line, int Columns)> _entered = Channel.CreateBounded<(string, int)>(MaxWaiting);

    // Holds one "something changed"; another one while it waits says nothing new and is dropped.
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Task? _running;
    private CancellationTokenSource? _stopFollowing;
    private Task _following = Task.CompletedTask;
    private RemotePrompt.RemotePromptClient? _prompt;
    private CancellationTokenSource? _command;
    private Uri? _address;
    private string? _lost;

    public TerminalSession(string peer, string token, Reconnection reconnection, TimeProvider time)
    {
        (Peer, _reconnection, _time) = (peer, reconnection, time);
        _headers = new Metadata { { "authorization", $"Bearer {token}" } };
    }

    public string Peer { get; }

    /// <summary>What the prompt shows; null until the peer has answered, and while it does not.</summary>
    public PromptState? State { get; private set; }

    /// <summary>Whether a line runs.</summary>
    public bool IsBusy => Volatile.Read(ref _command) is not null;

    public ImmutableArray<ScreenLine> Lines
    {
        get
        {
            lock (_gate)
            {
                return _screen.Lines;
            }
        }
    }

    /// <summary>Attaches to the peer at an address; does nothing when that is where it is attached already.</summary>
    public async Task AttachAsync(Uri address)
    {
        if (address == _address)
        {
            return;
        }

        _address = address;
        _running ??= RunLinesAsync();
        await StopFollowingAsync();
        var stop = _stopFollowing = CancellationTokenSource.CreateLinkedTokenSource(_closed.Token);
        _following = _reconnection.RunAsync(address, FollowAsync, Lost, stop.Token);
    }

    /// <summary>Gives a value whenever there is something new to show.</summary>
    public async IAsyncEnumerable<bool> ChangesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var change in _changed.Reader.ReadAllAsync(cancellationToken))
        {
            yield return change;
        }
    }

    /// <summary>Runs a line, after those that were entered before.</summary>
    public void Enter(string line, int columns)
    {
        if (!_entered.Writer.TryWrite((line, columns)))
        {
            Say(new ScreenRun($"(Not entered: no more than {MaxWaiting} lines can wait to be run.)", Meaning.Warning));
        }
    }

    /// <summary>Cancels the line that runs, and forgets those that wait.</summary>
    public void Cancel()
    {
        while (_entered.Reader.TryRead(out _))
        {
        }

        try
        {
            Volatile.Read(ref _command)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }

    public void Clear() => Change(screen => screen.Clear());

    /// <summary>What the line could go on with; null when the peer does not say.</summary>
    public async Task<CompleteResponse?> CompleteAsync(string line, int cursor)
    {
        if (_prompt is not { } prompt || State is not { } state)
        {
            return null;
        }

        try
        {
            return await prompt.CompleteAsync(
                new CompleteRequest { Line = line, Cursor = (uint)cursor, Session = state.Session },
                _headers, _time.GetUtcNow().UtcDateTime + CompletionPatience, _closed.Token);
        }
        catch (RpcException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        _entered.Writer.TryComplete();
        await StopFollowingAsync();
        await (_running ?? Task.CompletedTask);
        _closed.Dispose();
    }

    private static ScreenRun Missed(ulong lines) => new($"({lines} {(lines == 1 ? "line was" : "lines were")} lost: this page was too slow)", Meaning.Warning);

    private async Task StopFollowingAsync()
    {
        if (_stopFollowing is { } stop)
        {
            await stop.CancelAsync();
            await _following;
            stop.Dispose();
            _stopFollowing = null;
        }
    }

    private async Task FollowAsync(GrpcChannel channel, Action heard, CancellationToken cancellationToken)
    {
        // Not part of the browser's connection to this page, which is one endless request.
        Activity.Current = null;
        var prompt = new RemotePrompt.RemotePromptClient(channel);
        using var call = prompt.Follow(new FollowRequest { Backlog = _lost is null ? Backlog : 0u }, _headers, cancellationToken: cancellationToken);
        var pieces = new LinePieces();
        try
        {
            await foreach (var said in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                heard();
                _prompt = prompt;
                switch (said.EventCase)
                {
                    case FollowEvent.EventOneofCase.State:
                        Attached(said.State);
                        break;
                    case FollowEvent.EventOneofCase.Line:
                        Say(pieces.Take(said.Line));
                        break;
                    case FollowEvent.EventOneofCase.Missed:
                        Say(Missed(said.Missed));
                        break;
                }
            }
        }
        finally
        {
            (_prompt, State) = (null, null);
        }
    }

    private void Attached(PromptState state)
    {
        State = state;
        if (_lost is not null)
        {
            _lost = null;
            Say(new ScreenRun($"{state.Name} is back.", Meaning.Success));
        }

        _changed.Writer.TryWrite(true);
    }

    private void Lost(string reason)
    {
        // Once for each time that it is away, whatever the attempts meanwhile say.
        if (_lost is null)
        {
            _lost = reason;
            Say(new ScreenRun($"{Peer} does not answer: {reason.TrimEnd('.')}. Trying to reach it again …", Meaning.Warning));
        }
    }

    private async Task RunLinesAsync()
    {
        await foreach (var (line, columns) in _entered.Reader.ReadAllAsync())
        {
            using var command = CancellationTokenSource.CreateLinkedTokenSource(_closed.Token);
            Volatile.Write(ref _command, command);
            if (line.TrimStart() is ['/' or '!', ..])
            {
                // What is published comes back when it is delivered; a command would be gone.
                Say(new($"{Peer} › ", Meaning.Name), new ScreenRun(line));
            }

            await RunAsync(line, columns, command.Token);
            Volatile.Write(ref _command, null);
            _changed.Writer.TryWrite(true);
        }
    }

    private async Task RunAsync(string line, int columns, CancellationToken cancellationToken)
    {
        // Each line begins a trace, as each message that is published on the page does.
        Activity.Current = null;
        if (_prompt is not { } prompt || State is not { } state)
        {
            Say(new ScreenRun($"Not run: {Peer} does not answer.", Meaning.Error));
            return;
        }

        try
        {
            using var call = prompt.Run(
                new RunLineRequest { Line = line, Session = state.Session, Width = (uint)Math.Clamp(columns, 20, 500) }, _headers, cancellationToken: cancellationToken);
            var pieces = new LinePieces();
            await foreach (var said in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                switch (said.EventCase)
                {
                    case RunLineEvent.EventOneofCase.Output:
                        Say(pieces.Take(said.Output));
                        break;
                    case RunLineEvent.EventOneofCase.Error:
                        Say(pieces.Take(said.Error));
                        break;
                    case RunLineEvent.EventOneofCase.Missed:
                        Say(Missed(said.Missed));
                        break;
                }
            }
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            Say(new ScreenRun("Cancelled.", Meaning.Warning));
        }
        catch (RpcException e)
        {
            Say(new ScreenRun($"{Peer} did not say how it ended: {e.Describe()}.", Meaning.Error));
        }
    }

    private void Say(params ImmutableArray<ScreenRun> line) => Change(screen => screen.Add(line));

    private void Say(ImmutableArray<ScreenRun>? line)
    {
        if (line is { } whole)
        {
            Say(whole);
        }
    }

    private void Change(Action<Scrollback> change)
    {
        lock (_gate)
        {
            change(_screen);
        }

        _changed.Writer.TryWrite(true);
    }
}
