using System.Globalization;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Prompt;
using Grpc.Core;
using Wire = ChittyChat.Contracts.V1;

namespace ChittyChat.Peer.Attach;

/// <summary>This peer's prompt for others: in a terminal elsewhere, and on the lab's web page.</summary>
internal sealed class RemotePromptService(
    AttachTokens tokens, RemoteSessions sessions, AttachedScreens screens, ChatPeer chat, PeerLifecycle lifecycle, IHostApplicationLifetime host, TimeProvider time)
    : Wire.RemotePrompt.RemotePromptBase
{
    /// <summary>A line may have so many UTF-16 code units.</summary>
    internal const int LongestLine = 64 * 1024;

    private const int LongestBacklog = 10_000;
    private const int EventsAtOnce = 256;

    // How often the state is looked at when nothing is delivered.
    private static readonly TimeSpan StatePeriod = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public override async Task Follow(Wire.FollowRequest request, IServerStreamWriter<Wire.FollowEvent> responseStream, ServerCallContext context)
    {
        tokens.Require(context.RequestHeaders);
        using var session = sessions.TryOpen() ?? throw TooMany("terminals are attached");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, host.ApplicationStopping);
        using var follower = chat.Deliveries.Follow((int)Math.Min(request.Backlog, LongestBacklog));
        using var screen = request.StateOnly ? null : screens.Open(follower.Signal);
        using var wakeOnEnd = ending.Token.Register(follower.Signal.Set);
        await using var look = time.CreateTimer(_ => follower.Signal.Set(), null, StatePeriod, StatePeriod);
        try
        {
            await SendAsync(session, follower, screen, responseStream, ending.Token);
        }
        catch (OperationCanceledException) when (host.ApplicationStopping.IsCancellationRequested)
        {
            // The peer ends, and the call with it.
        }
    }

    /// <inheritdoc/>
    public override async Task Run(Wire.RunLineRequest request, IServerStreamWriter<Wire.RunLineEvent> responseStream, ServerCallContext context)
    {
        tokens.Require(context.RequestHeaders);
        var interpreter = Find(request.Session, request.Line);
        using var place = sessions.TryRun() ?? throw TooMany("lines run");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, host.ApplicationStopping);
        var output = new RunOutput(request.Width == 0 ? null : (int)Math.Clamp(request.Width, 20, 1000));
        var running = ExecuteAsync(interpreter, request.Line, output, ending.Token);
        try
        {
            await SendAsync(output, responseStream, context.CancellationToken);
        }
        catch
        {
            // Nobody reads any more.
            await ending.CancelAsync();
            throw;
        }
        finally
        {
            await running;
        }

        await responseStream.WriteAsync(new Wire.RunLineEvent { Outcome = new Wire.Outcome { ExitCode = (await running).ExitCode } }, context.CancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<Wire.CompleteResponse> Complete(Wire.CompleteRequest request, ServerCallContext context)
    {
        tokens.Require(context.RequestHeaders);
        var interpreter = Find(request.Session, request.Line);
        var cursor = (int)Math.Min(request.Cursor, (uint)request.Line.Length);
        var list = await interpreter.Completion.CompleteAsync(request.Line, cursor, context.CancellationToken);
        return new Wire.CompleteResponse
        {
            Start = (uint)list.Start,
            Length = (uint)list.Length,
            Candidates = { list.Candidates.Select(c => new Wire.CompletionCandidate { Text = c.Text, Description = c.Description, IsWhole = c.IsWhole }) },
        };
    }

    private static async Task<CommandOutcome> ExecuteAsync(CommandInterpreter interpreter, string line, RunOutput output, CancellationToken cancellationToken)
    {
        try
        {
            return await interpreter.ExecuteAsync(line, output, cancellationToken);
        }
        finally
        {
            output.Complete();
        }
    }

    private static async Task SendAsync(RunOutput output, IServerStreamWriter<Wire.RunLineEvent> events, CancellationToken cancellationToken)
    {
        while (await output.TakeAsync() is { } entries)
        {
            foreach (var (line, isError, missed) in entries)
            {
                if (missed > 0)
                {
                    await events.WriteAsync(new Wire.RunLineEvent { Missed = missed }, cancellationToken);
                }

                foreach (var piece in line is null ? [] : RemoteText.Write(line))
                {
                    await events.WriteAsync(isError ? new Wire.RunLineEvent { Error = piece } : new Wire.RunLineEvent { Output = piece }, cancellationToken);
                }
            }
        }
    }

    private async Task SendAsync(
        RemoteSession session, DeliveryFollower follower, AttachedScreens.Screen? screen, IServerStreamWriter<Wire.FollowEvent> events, CancellationToken cancellationToken)
    {
        Wire.PromptState? sent = null;
        List<Delivery> batch = [];
        while (!cancellationToken.IsCancellationRequested)
        {
            var state = StateOf(session);
            if (!state.Equals(sent))
            {
                await events.WriteAsync(new Wire.FollowEvent { State = state }, cancellationToken);
                sent = state;
            }

            batch.Clear();
            var missed = follower.Read(batch, EventsAtOnce);
            if (screen is not null)
            {
                await SendAsync(batch, missed, events, cancellationToken);
                await SendAsync(screen, events, cancellationToken);
            }

            if (batch.Count == 0)
            {
                await follower.Signal.WaitAsync();
            }
        }
    }

    private static async Task SendAsync(List<Delivery> batch, long missed, IServerStreamWriter<Wire.FollowEvent> events, CancellationToken cancellationToken)
    {
        await SendMissedAsync((ulong)missed, events, cancellationToken);
        foreach (var delivery in batch)
        {
            await SendAsync(ScreenLog.Format(delivery), events, cancellationToken);
        }
    }

    private static async Task SendAsync(AttachedScreens.Screen screen, IServerStreamWriter<Wire.FollowEvent> events, CancellationToken cancellationToken)
    {
        while (screen.TryTake(out var line))
        {
            await SendAsync(line!, events, cancellationToken);
        }

        await SendMissedAsync(screen.TakeMissed(), events, cancellationToken);
    }

    private static async Task SendAsync(StyledText line, IServerStreamWriter<Wire.FollowEvent> events, CancellationToken cancellationToken)
    {
        foreach (var piece in RemoteText.Write(line))
        {
            await events.WriteAsync(new Wire.FollowEvent { Line = piece }, cancellationToken);
        }
    }

    private static async Task SendMissedAsync(ulong missed, IServerStreamWriter<Wire.FollowEvent> events, CancellationToken cancellationToken)
    {
        if (missed > 0)
        {
            await events.WriteAsync(new Wire.FollowEvent { Missed = missed }, cancellationToken);
        }
    }

    private static RpcException TooMany(string what) => new(new Status(
        StatusCode.ResourceExhausted, string.Create(CultureInfo.InvariantCulture, $"{RemoteSessions.Most} {what} already; try again when one has ended.")));

    private CommandInterpreter Find(string session, string line) => line.Length > LongestLine
        ? throw new RpcException(new Status(
            StatusCode.InvalidArgument, string.Create(CultureInfo.InvariantCulture, $"A line has at most {LongestLine} characters; this has {line.Length}.")))
        : sessions.Find(session) ?? throw new RpcException(new Status(StatusCode.FailedPrecondition, "There is no such session: it ends with its Follow call."));

    private Wire.PromptState StateOf(RemoteSession session) => new()
    {
        Name = chat.Name,
        LamportTime = chat.Clock.Now.Value,
        MembersAlive = (uint)(chat.Membership?.Members.Count(member => member.State == MemberState.Alive) ?? 0),
        MessageLimit = ChatText.MaxLength,
        Session = session.Id,
        Version = PeerLifecycle.Version,
        Process = sessions.Process,
        Stage = lifecycle.Stage.ToString().ToLowerInvariant(),
    };
}
