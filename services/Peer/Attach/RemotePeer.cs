using System.Net.Sockets;
using ChittyChat.CommandLine;
using Grpc.Core;
using Grpc.Net.Client;
using Wire = ChittyChat.Contracts.V1;

namespace ChittyChat.Peer.Attach;

/// <summary>A peer that runs elsewhere, through its RemotePrompt.</summary>
internal sealed class RemotePeer : ICompletionSource, IDisposable
{
    /// <summary>The stage of a peer that is in the chat.</summary>
    public const string Joined = "joined";

    /// <summary>So long a peer may take to answer at all.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // A peer that hangs keeps its connection open and silent; only unanswered pings show it.
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(5);

    private readonly Uri _address;
    private readonly TimeProvider _time;
    private readonly Metadata _headers = [];
    private readonly GrpcChannel _channel;
    private readonly Wire.RemotePrompt.RemotePromptClient _client;
    private Wire.PromptState? _state;
    private volatile bool _hasAnswered;

    public RemotePeer(Uri address, string? token, TimeProvider time)
    {
        (_address, _time) = (address, time);
        if (token is not null)
        {
            _headers.Add("authorization", $"Bearer {token}");
        }

        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { ConnectTimeout = Ping, KeepAlivePingDelay = Ping, KeepAlivePingTimeout = Ping, EnableMultipleHttp2Connections = true },
            DisposeHttpClient = true,
        });
        _client = new Wire.RemotePrompt.RemotePromptClient(_channel);
    }

    /// <summary>What its prompt shows; null while it is away.</summary>
    public Wire.PromptState? State => Volatile.Read(ref _state);

    /// <summary>Asks the peer who it is.</summary>
    /// <exception cref="AttachException">It is not there, or does not let this user attach; the message says why.</exception>
    public async Task<Wire.PromptState> GreetAsync(CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Wire.PromptState? first = null;
        try
        {
            await FollowAsync(null, new PlainOutput(TextWriter.Null, TextWriter.Null), () =>
            {
                first ??= State;
                enough.Cancel();
            }, enough.Token);
        }
        catch (OperationCanceledException) when (first is not null && !cancellationToken.IsCancellationRequested)
        {
            // It has answered.
        }

        return first ?? throw new AttachException(AttachExitCode.Unreachable, $"The peer at {_address.Authority} has just ended.");
    }

    /// <summary>Follows the peer until it ends, or goes away.</summary>
    /// <param name="backlog">So many of the newest lines first; null for no lines at all, only the state.</param>
    /// <param name="output">Where the lines go.</param>
    /// <param name="changed">Is called when the state has changed.</param>
    /// <param name="cancellationToken">Detaches.</param>
    /// <exception cref="AttachException">It went away or was never there; the message says why.</exception>
    public async Task FollowAsync(uint? backlog, IOutput output, Action changed, CancellationToken cancellationToken)
    {
        try
        {
            using var call = _client.Follow(
                new Wire.FollowRequest { Backlog = backlog ?? 0, StateOnly = backlog is null }, _headers, cancellationToken: cancellationToken);
            List<StyledRun> pieces = [];
            for (var more = await call.ResponseStream.MoveNext(cancellationToken).WaitAsync(Patience, _time, cancellationToken);
                more;
                more = await call.ResponseStream.MoveNext(cancellationToken))
            {
                switch (call.ResponseStream.Current)
                {
                    case { State: { } state }:
                        Volatile.Write(ref _state, state);
                        _hasAnswered = true;
                        changed();
                        break;
                    case { Line: { } piece }:
                        Write(piece, pieces, output.Write);
                        break;
                    case { Missed: > 0 and var missed }:
                        output.Write(RemoteText.Missed(missed, "the connection is too slow"));
                        break;
                }
            }
        }
        catch (TimeoutException)
        {
            throw new AttachException(AttachExitCode.Unreachable, $"What listens at {_address.Authority} did not answer within {Patience.TotalSeconds:0} s.");
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Explain(e);
        }
        finally
        {
            Volatile.Write(ref _state, null);
        }
    }

    /// <summary>Runs a line there, and writes what it writes.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="AttachException">The peer went away; how the line ended is not known.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<int> RunAsync(string line, IOutput output, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using var call = _client.Run(
                new Wire.RunLineRequest { Line = line, Session = State?.Session ?? "", Width = (uint)(output.Width ?? 0) }, _headers, cancellationToken: cancellationToken);
            List<StyledRun> pieces = [];
            await foreach (var said in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                switch (said)
                {
                    case { Output: { } piece }:
                        Write(piece, pieces, output.Write);
                        break;
                    case { Error: { } piece }:
                        Write(piece, pieces, output.WriteError);
                        break;
                    case { Missed: > 0 and var missed }:
                        output.WriteError(RemoteText.Missed(missed, "the connection is too slow"));
                        break;
                    case { Outcome: { } outcome }:
                        return outcome.ExitCode;
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw new AttachException(AttachExitCode.Unreachable, "The peer did not say how the line ended.");
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.InvalidArgument or StatusCode.ResourceExhausted)
        {
            output.WriteError(new(e.Status.Detail, Meaning.Error));
            return ExitCodes.Failure;
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Explain(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<CompletionList> CompleteAsync(string line, int cursor, CancellationToken cancellationToken)
    {
        if (State is not { } state)
        {
            return CompletionList.None;
        }

        var answer = await _client.CompleteAsync(
            new Wire.CompleteRequest { Line = line, Cursor = (uint)cursor, Session = state.Session }, _headers, _time.GetUtcNow().UtcDateTime + Patience, cancellationToken);
        return new((int)answer.Start, (int)answer.Length, [.. answer.Candidates.Select(c => new Candidate(c.Text, c.Description, c.IsWhole))]);
    }

    public void Dispose() => _channel.Dispose();

    private static void Write(Wire.OutputLine piece, List<StyledRun> pieces, Action<StyledText> write)
    {
        if (RemoteText.Read(piece, pieces) is { } line)
        {
            write(line);
        }
    }

    private static Exception CauseOf(RpcException failure)
    {
        Exception cause = failure;
        while ((cause is RpcException { Status.DebugException: { } inner } ? inner : cause.InnerException) is { } next)
        {
            cause = next;
        }

        return cause;
    }

    private AttachException Explain(RpcException rpc) => (rpc.StatusCode, CauseOf(rpc)) switch
    {
        (StatusCode.Unauthenticated, _) => new(AttachExitCode.Refused,
            $"{_address.Authority}: {rpc.Status.Detail} Give it with --token or in {AttachCommandLine.TokenVariable}; /attach at the peer's own prompt shows it."),
        (StatusCode.PermissionDenied, _) => new(AttachExitCode.Refused, $"{_address.Authority}: {rpc.Status.Detail}"),
        (StatusCode.Unimplemented, _) => new(AttachExitCode.Unreachable,
            $"What listens at {_address.Authority} has no prompt for others: it is no peer of Chitty-Chat, or one of an older version."),
        (_, SocketException socket) => new(AttachExitCode.Unreachable, $"Nobody answers at {_address.Authority}: {socket.Message}. Does the peer run, and is this its gRPC address?"),
        (_, RpcException) => new(AttachExitCode.Unreachable, $"{_address.Authority}: {rpc.Status.Detail}"),
        _ when _hasAnswered => new(AttachExitCode.Unreachable, $"The connection to {_address.Authority} broke."),
        (_, var cause) => new(AttachExitCode.Unreachable,
            $"What listens at {_address.Authority} does not speak gRPC ({cause.Message.TrimEnd('.')}). The address of a peer's gRPC port is needed, not of its HTTP port."),
    };
}
