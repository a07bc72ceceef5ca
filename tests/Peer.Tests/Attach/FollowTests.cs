using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Attach;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Tests.Host;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Peer.Tests.Attach;

/// <summary>What somebody sees who is attached.</summary>
public sealed class FollowTests
{
    private static readonly (string, string) Token = ("Console:Token", "correct horse");

    [Fact]
    public async Task First_comes_what_the_prompt_shows_then_the_newest_lines_then_what_happens()
    {
        await using var alice = await LocalPeer.StartAsync("alice", Token);
        var chat = alice.App.Services.GetRequiredService<ChatPeer>();
        var before = await chat.PublishAsync("before", CancellationToken.None);
        using var channel = RemotePromptTests.Dial(alice);
        using var follow = new RemotePrompt.RemotePromptClient(channel).Follow(new FollowRequest { Backlog = 1 }, RemotePromptTests.Headers());

        var state = (await RemotePromptTests.NextAsync(follow)).State;
        Assert.Equal(("alice", "joined", 1u, 128u), (state.Name, state.Stage, state.MembersAlive, state.MessageLimit));
        Assert.Equal(chat.Clock.Now.Value, state.LamportTime);
        Assert.Equal($"[{before.Time.Value}] alice: before", await LineAsync(follow));

        var published = await chat.PublishAsync("after", CancellationToken.None);
        // The line and the prompt's clock, in whatever order.
        string? line = null;
        var next = state;
        while (line is null || next.LamportTime < published.Time.Value)
        {
            var said = await RemotePromptTests.NextAsync(follow);
            line ??= said.Line is { } shown && !IsWarning(shown) ? TextOf(shown) : null;
            next = said.State ?? next;
        }

        Assert.Equal($"[{published.Time.Value}] alice: after", line);
        Assert.Equal((state.Session, state.Process), (next.Session, next.Process));
    }

    [Fact]
    public async Task What_others_write_cannot_look_like_several_lines()
    {
        await using var alice = await LocalPeer.StartAsync("alice", Token);
        await alice.App.Services.GetRequiredService<ChatPeer>().PublishAsync("a\nfake\u001b[2J", CancellationToken.None);
        using var channel = RemotePromptTests.Dial(alice);
        using var follow = new RemotePrompt.RemotePromptClient(channel).Follow(new FollowRequest { Backlog = 1 }, RemotePromptTests.Headers());

        Assert.DoesNotContain(await LineAsync(follow), char.IsControl);
    }

    [Fact]
    public async Task Who_reads_too_slowly_is_told_how_much_was_missed()
    {
        const int Published = 3000;
        await using var alice = await LocalPeer.StartAsync("alice", Token, ("Peer:History", "16"));
        var chat = alice.App.Services.GetRequiredService<ChatPeer>();
        using var channel = RemotePromptTests.Dial(alice);
        using var follow = new RemotePrompt.RemotePromptClient(channel).Follow(new FollowRequest(), RemotePromptTests.Headers());
        await RemotePromptTests.NextAsync(follow);
        for (var i = 0; i < Published; i++)
        {
            await chat.PublishAsync(new string('x', 128), CancellationToken.None);
        }

        var (seen, missed) = (0, 0ul);
        while (seen + (int)missed < Published)
        {
            var next = await RemotePromptTests.NextAsync(follow);
            seen += next.Line is { } shown && !IsWarning(shown) ? 1 : 0;
            missed += next.Missed;
        }

        Assert.Equal(Published, seen + (int)missed);
        Assert.InRange(missed, 1ul, (ulong)Published - 16);
    }

    [Fact]
    public async Task What_the_peer_warns_of_is_shown_to_those_who_are_attached()
    {
        await using var alice = await LocalPeer.StartAsync("alice", Token);
        using var channel = RemotePromptTests.Dial(alice);
        using var follow = new RemotePrompt.RemotePromptClient(channel).Follow(new FollowRequest(), RemotePromptTests.Headers());
        await RemotePromptTests.NextAsync(follow);

        var logger = alice.App.Services.GetRequiredService<ILoggerFactory>().CreateLogger("ChittyChat.Peer.Links");
        logger.LogInformation("this is nobody's business");
        logger.LogWarning("the link to {Member} is slow", "bob\nfake");

        Assert.Equal("warning: the link to bob\u240Afake is slow", await LineAsync(follow, "the link to"));
    }

    [Fact]
    public async Task Of_too_many_warnings_the_number_is_told()
    {
        var screens = new AttachedScreens();
        var signal = new AsyncSignal();
        using var screen = screens.Open(signal);
        for (var i = 0; i < AttachedScreens.MostWaiting + 3; i++)
        {
            screens.Write($"line {i}");
        }

        await signal.WaitAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        var taken = 0;
        while (screen.TryTake(out var line))
        {
            Assert.Equal($"line {taken++}", line!.ToString());
        }

        Assert.Equal((AttachedScreens.MostWaiting, 3ul, 0ul), (taken, screen.TakeMissed(), screen.TakeMissed()));
    }

    [Fact]
    public async Task State_alone_is_state_alone()
    {
        await using var alice = await LocalPeer.StartAsync("alice", Token);
        using var channel = RemotePromptTests.Dial(alice);
        using var follow = new RemotePrompt.RemotePromptClient(channel).Follow(new FollowRequest { Backlog = 10, StateOnly = true }, RemotePromptTests.Headers());
        var first = await RemotePromptTests.NextAsync(follow);
        await alice.App.Services.GetRequiredService<ChatPeer>().PublishAsync("hello", CancellationToken.None);

        var next = await RemotePromptTests.NextAsync(follow);

        Assert.True(next.State.LamportTime > first.State.LamportTime);
    }

    [Fact]
    public async Task It_ends_with_the_peer_which_does_not_wait_for_it()
    {
        await using var alice = await LocalPeer.StartAsync("alice", Token);
        using var channel = RemotePromptTests.Dial(alice);
        using var follow = new RemotePrompt.RemotePromptClient(channel).Follow(new FollowRequest { StateOnly = true }, RemotePromptTests.Headers());
        await RemotePromptTests.NextAsync(follow);

        await alice.StopAsync();

        while (await follow.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)))
        {
        }
    }

    // The next line with a part in it; of those that warn of a busy machine there may be any number.
    private static async Task<string> LineAsync(AsyncServerStreamingCall<FollowEvent> follow, string part = "")
    {
        while (true)
        {
            if ((await RemotePromptTests.NextAsync(follow)).Line is { } line
                && (part.Length > 0 ? TextOf(line).Contains(part, StringComparison.Ordinal) : !IsWarning(line)))
            {
                return TextOf(line);
            }
        }
    }

    private static bool IsWarning(OutputLine line) => TextOf(line).StartsWith("warning: ", StringComparison.Ordinal);

    private static string TextOf(OutputLine line) => string.Concat(line.Runs.Select(run => run.Text));
}
