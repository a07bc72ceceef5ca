using System.Collections.Concurrent;
using ChittyChat.Contracts.V1;
using Grpc.Core;

namespace ChittyChat.Dashboard.Tests.Fakes;

/// <content>The peer's prompt, for whoever has <see cref="Token"/>.</content>
internal sealed partial class FakePeer
{
    public const string Token = "correct horse";

    private static readonly CompletionCandidate[] Commands =
    [
        new() { Text = "/members", Description = "Who is in the cluster", IsWhole = true },
        new() { Text = "/membership", Description = "How members are found", IsWhole = true },
        new() { Text = "/clock", Description = "The Lamport clock", IsWhole = true },
    ];

    private readonly Watchers<FollowEvent> _prompts;

    /// <summary>The lines that were run, with the session and the width that they came with.</summary>
    public ConcurrentQueue<RunLineRequest> Ran { get; } = new();

    /// <summary>Completes when the command that waits was cancelled.</summary>
    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Prints lines above the prompt.</summary>
    public void Print(params OutputLine[] lines)
    {
        lock (_gate)
        {
            foreach (var line in lines)
            {
                _prompts.Tell(new FollowEvent { Line = line });
            }

            _prompts.Tell(new FollowEvent { State = State() });
        }
    }

    public static OutputLine Line(params (string Text, Meaning Meaning)[] runs) =>
        new() { Runs = { runs.Select(run => new OutputRun { Text = run.Text, Meaning = run.Meaning }) } };

    private PromptState State() => new()
    {
        Name = Name,
        LamportTime = _lamportTime,
        MembersAlive = (uint)_members.Members.Count(m => m.State == MemberState.Alive),
        MessageLimit = 128,
        Session = $"{Session:x}-1",
        Process = $"{Session:x}",
        Version = "0.1.0",
        Stage = "joined",
    };

    internal sealed class RemotePromptService(FakePeer peer) : RemotePrompt.RemotePromptBase
    {
        public override Task Follow(FollowRequest request, IServerStreamWriter<FollowEvent> responseStream, ServerCallContext context)
        {
            Require(context);
            return peer._prompts.ServeAsync(() => [new FollowEvent { State = peer.State() }], responseStream, context);
        }

        public override async Task Run(RunLineRequest request, IServerStreamWriter<RunLineEvent> responseStream, ServerCallContext context)
        {
            Require(context);
            peer.Ran.Enqueue(request);
            var exitCode = 0;
            switch (request.Line)
            {
                case "/members":
                    await responseStream.WriteAsync(new RunLineEvent { Output = Line(("name   state", Meaning.Heading)) });
                    await responseStream.WriteAsync(new RunLineEvent { Output = Line(($"{peer.Name}  ", Meaning.Name), ("alive", Meaning.Success)) });
                    break;
                case "/wait":
                    await responseStream.WriteAsync(new RunLineEvent { Output = Line(("waiting", Meaning.Plain)) });
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    peer.Cancelled.TrySetResult();
                    return;
                case ['/', ..] or ['!', ..]:
                    await responseStream.WriteAsync(new RunLineEvent { Error = Line(("there is no such command", Meaning.Error), (". /help lists the commands.", Meaning.Muted)) });
                    exitCode = 2;
                    break;
                default:
                    var published = peer._cluster.Publish(peer.Name, request.Line);
                    peer.Print(Line(($"[{published.LamportTime}] ", Meaning.Muted), (peer.Name, Meaning.Name), ($": {request.Line}", Meaning.Plain)));
                    break;
            }

            await responseStream.WriteAsync(new RunLineEvent { Outcome = new Outcome { ExitCode = exitCode } });
        }

        public override Task<CompleteResponse> Complete(CompleteRequest request, ServerCallContext context)
        {
            Require(context);
            var typed = request.Line[..(int)request.Cursor];
            return Task.FromResult(new CompleteResponse
            {
                Start = 0,
                Length = request.Cursor,
                Candidates = { Commands.Where(c => c.Text.StartsWith(typed, StringComparison.Ordinal)) },
            });
        }

        private static void Require(ServerCallContext context)
        {
            if (context.RequestHeaders.GetValue("authorization") != $"Bearer {Token}")
            {
                throw new RpcException(new Status(StatusCode.Unauthenticated, "The token is wrong."));
            }
        }
    }
}
