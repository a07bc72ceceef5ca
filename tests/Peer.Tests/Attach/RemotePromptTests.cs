using ChittyChat.CommandLine;
using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Attach;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Commands;
using ChittyChat.Peer.Tests.Host;
using ChittyChat.ServiceDefaults;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;

namespace ChittyChat.Peer.Tests.Attach;

/// <summary>The service RemotePrompt of a whole peer, over real gRPC.</summary>
public sealed class RemotePromptTests
{
    private const string Token = "correct horse";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Without_a_token_of_its_own_a_peer_lets_nobody_attach_until_somebody_types_attach_at_it()
    {
        await using var alice = await LocalPeer.StartAsync("alice");
        using var channel = Dial(alice);
        var client = new RemotePrompt.RemotePromptClient(channel);
        var refused = await Assert.ThrowsAsync<RpcException>(() => RunAsync(client, "/clock", token: ""));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        Assert.Equal("This peer lets nobody attach. Type /attach at its own prompt, or start it with a token in Console__Token.", refused.Status.Detail);

        var shown = new RecordingOutput();
        Assert.True((await alice.App.Services.GetRequiredService<PeerCommands>().ExecuteAsync("/attach --json", shown, default)).Succeeded);
        var answer = global::System.Text.Json.JsonDocument.Parse(shown.Lines.Single()).RootElement;

        Assert.Equal(channel.Target, new Uri(answer.GetProperty("address").GetString()!).Authority);
        var token = answer.GetProperty("token").GetString()!;
        Assert.Contains(token, answer.GetProperty("commandLine").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(client, "/clock", token: token)).ExitCode);
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => RunAsync(client, "/clock", token: "another"))).StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer correct hors")]
    [InlineData("Bearer correct horse battery")]
    [InlineData("Basic correct horse")]
    [InlineData("correct horse")]
    public async Task Without_the_right_token_no_call_is_answered(string? authorization)
    {
        await using var alice = await LocalPeer.StartAsync("alice", ("Console:Token", Token));
        using var channel = Dial(alice);
        var client = new RemotePrompt.RemotePromptClient(channel);
        var headers = new Metadata();
        if (authorization is not null)
        {
            headers.Add("authorization", authorization);
        }

        using var run = client.Run(new RunLineRequest { Line = "hello" }, headers);
        using var follow = client.Follow(new FollowRequest(), headers);
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => run.ResponseStream.MoveNext())).StatusCode);
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => follow.ResponseStream.MoveNext())).StatusCode);
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(async () => await client.CompleteAsync(new CompleteRequest { Line = "/" }, headers))).StatusCode);
        Assert.DoesNotContain(alice.App.Services.GetRequiredService<ChatPeer>().Deliveries.Newest(100), d => d.TextString == "hello");
    }

    [Fact]
    public async Task The_console_token_and_the_control_token_both_let_attach()
    {
        await using var alice = await LocalPeer.StartAsync("alice", ("Console:Token", Token), ("Control:Token", "staple"));
        using var channel = Dial(alice);
        var client = new RemotePrompt.RemotePromptClient(channel);

        Assert.Equal(0, (await RunAsync(client, "/clock")).ExitCode);
        Assert.Equal(0, (await RunAsync(client, "/clock", token: "staple")).ExitCode);
    }

    [Fact]
    public async Task A_line_runs_as_at_the_peers_own_prompt()
    {
        await using var alice = await LocalPeer.StartAsync("alice", ("Console:Token", Token));
        using var channel = Dial(alice);
        var client = new RemotePrompt.RemotePromptClient(channel);

        var who = await RunAsync(client, "/whoami --json");
        var wrong = await RunAsync(client, "/membrs");
        var message = await RunAsync(client, "hello");

        Assert.Equal("alice", global::System.Text.Json.JsonDocument.Parse(who.Output.Single()).RootElement.GetProperty("name").GetString());
        Assert.Equal((0, 0), (who.ExitCode, who.Errors.Count));
        Assert.Equal((ExitCodes.Usage, 0), (wrong.ExitCode, wrong.Output.Count));
        Assert.Equal("there is no command \"membrs\". Did you mean /members?", Assert.Single(wrong.Errors));
        Assert.Equal(0, message.ExitCode);
        Assert.Contains(alice.App.Services.GetRequiredService<ChatPeer>().Deliveries.Newest(10), d => d.TextString == "hello");
    }

    [Fact]
    public async Task Tables_keep_to_the_width_of_whoever_asks()
    {
        await using var alice = await LocalPeer.StartAsync("alice", ("Console:Token", Token));
        using var channel = Dial(alice);

        var narrow = await RunAsync(new RemotePrompt.RemotePromptClient(channel), "/members", width: 40);

        Assert.All(narrow.Output, line => Assert.InRange(line.Length, 0, 40));
    }

    [Fact]
    public async Task What_reaches_files_and_programs_of_the_machine_is_refused_however_it_is_said()
    {
        await using var alice = await LocalPeer.StartAsync("alice", ("Console:Token", Token));
        using var channel = Dial(alice);
        var client = new RemotePrompt.RemotePromptClient(channel);
        var registry = alice.App.Services.GetRequiredService<PeerCommands>().Registry;
        string[] local = [.. registry.Commands.Where(command => command.IsLocal).SelectMany(command => (string[])[command.Name, .. command.Aliases]).Select(name => $"/{name} x")];
        Assert.Superset(new HashSet<string> { "/shell x", "/run x", "/include x", "/settings save x", "/settings load x", "/log on x", "/log off x", "/quit x", "/attach x" }, local.ToHashSet());

        foreach (var line in (string[])[.. local, "! id", "/repeat 1 ! id", "/repeat 1 /run /etc/passwd", "/RUN /etc/passwd"])
        {
            var refused = await RunAsync(client, line);
            Assert.True(refused.ExitCode != 0 && refused.Errors.Single().Contains(" is not allowed here: ", StringComparison.Ordinal), $"{line}: {string.Join('\n', refused.Errors)}");
        }

        Assert.Equal(0, (await RunAsync(client, "/clock")).ExitCode);
    }

    [Fact]
    public async Task Completion_knows_what_only_the_peer_knows_and_nothing_of_its_machine()
    {
        await using var alice = await LocalPeer.StartAsync("alice", ("Console:Token", Token));
        using var channel = Dial(alice);
        var client = new RemotePrompt.RemotePromptClient(channel);

        var message = await CompleteAsync(client, "/who-has la");
        Assert.Equal((9u, 2u), (message.Start, message.Length));
        Assert.Equal("last", message.Candidates.Single().Text);
        Assert.Contains((await CompleteAsync(client, "/mem")).Candidates, c => c is { Text: "members", Description.Length: > 0 });
        Assert.Contains((await CompleteAsync(client, "/log ")).Candidates, c => c.Text == "level");
        Assert.DoesNotContain((await CompleteAsync(client, "/log ")).Candidates, c => c.Text is "on" or "off");
        Assert.Empty((await CompleteAsync(client, "/run /")).Candidates);
        Assert.Empty((await CompleteAsync(client, "/repeat 1 /run /")).Candidates);
    }

    [Fact]
    public async Task Cancelling_the_call_cancels_the_command_and_what_it_wrote_before_has_come()
    {
        await using var alice = await LocalPeer.StartAsync("alice", ("Console:Token", Token));
        var cancelled = new TaskCompletionSource();
        alice.App.Services.GetRequiredService<PeerCommands>().Registry.Register("block", "Wait until cancelled", async (CommandContext context, CancellationToken stop) =>
        {
            context.Write("begun");
            using var seen = stop.Register(cancelled.SetResult);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        using var channel = Dial(alice);
        using var cancel = new CancellationTokenSource();
        using var call = new RemotePrompt.RemotePromptClient(channel).Run(new RunLineRequest { Line = "/block" }, Headers(), cancellationToken: cancel.Token);
        Assert.True(await call.ResponseStream.MoveNext(cancel.Token).WaitAsync(Patience));
        Assert.Equal("begun", call.ResponseStream.Current.Output.Runs.Single().Text);

        await cancel.CancelAsync();

        await cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Variables_live_as_long_as_the_follow_that_they_belong_to()
    {
        await using var alice = await LocalPeer.StartAsync("alice", ("Console:Token", Token));
        using var channel = Dial(alice);
        var client = new RemotePrompt.RemotePromptClient(channel);
        string session;
        using (var follow = client.Follow(new FollowRequest { StateOnly = true }, Headers()))
        {
            session = (await NextAsync(follow)).State.Session;
            Assert.Equal(0, (await RunAsync(client, "/set greeting hej", session)).ExitCode);
            Assert.Equal(["hej"], (await RunAsync(client, "/echo $greeting", session)).Output);
            Assert.NotEqual(0, (await RunAsync(client, "/echo $greeting")).ExitCode);
            using var other = client.Follow(new FollowRequest { StateOnly = true }, Headers());
            Assert.NotEqual(0, (await RunAsync(client, "/echo $greeting", (await NextAsync(other)).State.Session)).ExitCode);
        }

        // That the call is over becomes known to the peer a little later.
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        RpcException? gone = null;
        while (gone is null)
        {
            patience.Token.ThrowIfCancellationRequested();
            gone = await Record.ExceptionAsync(() => RunAsync(client, "/clock", session)) as RpcException;
        }

        Assert.Equal(StatusCode.FailedPrecondition, gone.StatusCode);
    }

    [Fact]
    public async Task A_line_that_is_far_too_long_is_refused()
    {
        await using var alice = await LocalPeer.StartAsync("alice", ("Console:Token", Token));
        using var channel = Dial(alice);

        var refused = await Assert.ThrowsAsync<RpcException>(() => RunAsync(new RemotePrompt.RemotePromptClient(channel), new string('x', RemotePromptService.LongestLine + 1)));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
    }

    internal static GrpcChannel Dial(LocalPeer peer) => GrpcChannel.ForAddress(peer.App.Services.GetRequiredService<ServicePorts>().Grpc);

    internal static Metadata Headers(string token = Token) => token.Length == 0 ? [] : new Metadata { { "authorization", $"Bearer {token}" } };

    internal static async Task<FollowEvent> NextAsync(AsyncServerStreamingCall<FollowEvent> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience), "The call ended.");
        return call.ResponseStream.Current;
    }

    private static async Task<CompleteResponse> CompleteAsync(RemotePrompt.RemotePromptClient client, string line) =>
        await client.CompleteAsync(new CompleteRequest { Line = line, Cursor = (uint)line.Length }, Headers());

    private static async Task<Ran> RunAsync(RemotePrompt.RemotePromptClient client, string line, string session = "", uint width = 0, string token = Token)
    {
        using var call = client.Run(new RunLineRequest { Line = line, Session = session, Width = width }, Headers(token));
        var ran = new Ran();
        while (await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience))
        {
            switch (call.ResponseStream.Current)
            {
                case { Output: { } output }:
                    ran.Output.Add(string.Concat(output.Runs.Select(run => run.Text)));
                    break;
                case { Error: { } error }:
                    ran.Errors.Add(string.Concat(error.Runs.Select(run => run.Text)));
                    break;
                case { Outcome: { } outcome }:
                    ran.ExitCode = outcome.ExitCode;
                    break;
            }
        }

        return ran;
    }

    private sealed class Ran
    {
        public List<string> Output { get; } = [];

        public List<string> Errors { get; } = [];

        public int? ExitCode { get; set; }
    }

    private sealed class RecordingOutput : IOutput
    {
        public List<string> Lines { get; } = [];

        public void Write(StyledText line) => Lines.Add(line.ToString());
    }
}
