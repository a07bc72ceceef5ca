using System.Globalization;
using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Tests.Support;
using Grpc.Core;
using EventKind = ChittyChat.Peer.Chat.EventKind;
using MemberState = ChittyChat.Peer.Chat.MemberState;

namespace ChittyChat.Peer.Tests.Chat;

/// <summary>The requirements R1 to R8, over real sockets.</summary>
public sealed class RequirementsTests
{
    [Fact]
    public async Task R1_anyone_may_publish_128_characters_and_an_emoji_is_one()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        var emoji = string.Concat(Enumerable.Repeat("😀", 128));
        var letters = new string('x', 128);

        await alice.Client.PublishAsync(new PublishRequest { Text = emoji });
        await alice.Client.PublishAsync(new PublishRequest { Text = letters });
        await alice.Client.PublishAsync(new PublishRequest { Text = "!" });

        await bob.Log.HasAsync("!");
        Assert.Equal([emoji, letters, "!"], bob.Log.Messages);
    }

    [Theory]
    [InlineData(129, "The text has 129 characters; at most 128 are allowed (counted as Unicode scalar values).")]
    [InlineData(0, "The text is empty; 1 to 128 characters are allowed.")]
    public async Task R1_a_text_of_another_length_is_refused_with_limit_and_length(int length, string detail)
    {
        await using var alice = await TestPeer.StartAsync(new ScriptedCluster(), "alice");

        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await alice.Client.PublishAsync(new PublishRequest { Text = new string('x', length) }));

        Assert.Equal((StatusCode.InvalidArgument, detail), (refused.StatusCode, refused.Status.Detail));
        Assert.Empty(alice.Log.Messages);
    }

    [Fact]
    public async Task R2_publish_answers_with_the_id_and_the_lamport_time_of_the_message()
    {
        await using var alice = await TestPeer.StartAsync(new ScriptedCluster(), "alice");

        var published = await alice.Client.PublishAsync(new PublishRequest { Text = "hello" });

        var delivery = await alice.Log.HasAsync("hello");
        Assert.Equal(alice.Chat.Session.Value, published.MessageId.Session);
        Assert.Equal(2ul, published.MessageId.Sequence);
        Assert.Equal(delivery.PublishedAt.Value, published.LamportTime);
    }

    [Fact]
    public async Task R2_publish_witnesses_the_time_of_the_caller_first()
    {
        await using var alice = await TestPeer.StartAsync(new ScriptedCluster(), "alice");

        var published = await alice.Client.PublishAsync(new PublishRequest { Text = "hello", LamportTime = 1_000 });

        // Received at 1,001, published at 1,002, delivered to alice herself at 1,003.
        Assert.Equal(1_002ul, published.LamportTime);
        Assert.Equal(1_003ul, (await alice.Log.HasAsync("hello")).DeliveredAt.Value);
    }

    [Fact]
    public async Task R3_every_message_goes_to_all_participants_with_its_lamport_time()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        await using var carol = await TestPeer.StartAsync(cluster, "carol");
        using var call = bob.Client.Join(new JoinRequest { Participant = "dave" });
        await alice.Log.HasAsync(EventKind.Joined, "dave");

        var published = await alice.PublishAsync("to everybody");

        foreach (var peer in new[] { alice, bob, carol })
        {
            var delivery = await peer.Log.HasAsync("to everybody");
            Assert.Equal(published.Time, delivery.PublishedAt);
            Assert.True(delivery.DeliveredAt > delivery.PublishedAt);
        }

        Assert.Equal(published.Time.Value, (await call.UntilAsync(e => e.Text == "to everybody")).LamportTime);
    }

    [Fact]
    public async Task R4_each_receiver_writes_the_message_and_its_lamport_time_to_its_log()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");

        var published = await alice.PublishAsync("say \"hi\"\n");

        var delivery = await bob.Log.HasAsync("say \"hi\"\n");
        var at = DateTimeOffset.UnixEpoch.AddMicroseconds(delivery.DeliveredUnixMicroseconds).ToString("yyyy-MM-ddTHH:mm:ss.fff", CultureInfo.InvariantCulture);
        Assert.Contains($"{at}Z L={delivery.DeliveredAt} deliver alice L={published.Time} \"say \\\"hi\\\"\\n\"", bob.Log.Lines);
    }

    [Fact]
    public async Task R5_R6_joined_goes_to_all_including_the_new_one()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");

        await using var carol = await TestPeer.StartAsync(cluster, "carol");

        var own = await carol.Log.HasAsync(EventKind.Joined, "carol");
        var sentence = $"Participant carol joined Chitty-Chat at Lamport time {own.PublishedAt}";
        await alice.Log.HasAsync(sentence);
        await bob.Log.HasAsync(sentence);
        Assert.Equal([sentence], carol.Log.Texts);
    }

    [Fact]
    public async Task R5_R6_a_participant_without_a_peer_hears_its_own_joined_first()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");

        using var call = bob.Client.Join(new JoinRequest { Participant = "dave", LamportTime = 70 });

        var first = await call.NextAsync();
        Assert.Equal(("dave", Contracts.V1.EventKind.Joined, 72ul), (first.Participant, first.Kind, first.LamportTime));
        Assert.Equal("Participant dave joined Chitty-Chat at Lamport time 72", first.Text);
        await alice.Log.HasAsync("Participant dave joined Chitty-Chat at Lamport time 72");
    }

    [Fact]
    public async Task R7_R8_left_goes_to_all_who_remain_when_a_peer_leaves()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        await using var carol = await TestPeer.StartAsync(cluster, "carol");
        await carol.IsHeardByAsync(alice, bob);

        await carol.Chat.LeaveAsync(CancellationToken.None);

        // The goodbye was flushed before LeaveAsync came back.
        var left = alice.Log.Deliveries.Single(d => d.Kind == EventKind.Left);
        Assert.Equal($"Participant carol left Chitty-Chat at Lamport time {left.PublishedAt}", left.TextString);
        Assert.Equal([left.TextString], bob.Log.Deliveries.Where(d => d.Kind == EventKind.Left).Select(d => d.TextString));
        Assert.Equal(0, carol.Log.Count(EventKind.Left, "carol"));
        cluster.Set("carol", MemberState.Left);
        await alice.IsHeardByAsync(bob);
        Assert.Equal(1, bob.Log.Count(EventKind.Left, "carol"));
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await carol.Client.PublishAsync(new PublishRequest { Text = "late" }));
        Assert.Equal((StatusCode.Unavailable, "This peer has left the chat."), (refused.StatusCode, refused.Status.Detail));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task R7_R8_left_goes_to_all_who_remain_when_a_participant_leaves_or_its_stream_ends(bool byCall)
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        using var call = bob.Client.Join(new JoinRequest { Participant = "dave" });
        await call.NextAsync();

        if (byCall)
        {
            var left = await bob.Client.LeaveAsync(new LeaveRequest { Participant = "dave" });
            await call.EndsAsync();
            Assert.Equal(left.LamportTime, (await alice.Log.HasAsync(EventKind.Left, "dave")).PublishedAt.Value);
        }
        else
        {
            call.Dispose();
        }

        var heard = await alice.Log.HasAsync(EventKind.Left, "dave");
        Assert.Equal($"Participant dave left Chitty-Chat at Lamport time {heard.PublishedAt}", heard.TextString);
        await bob.Log.HasAsync(heard.TextString);
        await bob.IsHeardByAsync(alice);
        Assert.Equal((1, 1), (alice.Log.Count(EventKind.Left, "dave"), bob.Log.Count(EventKind.Left, "dave")));
    }

    [Fact]
    public async Task R7_R8_a_crash_is_a_leave_that_everybody_sees_once()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        await using var carol = await TestPeer.StartAsync(cluster, "carol");
        using var call = carol.Client.Join(new JoinRequest { Participant = "dave" });
        await alice.Log.HasAsync(EventKind.Joined, "dave");
        await bob.Log.HasAsync(EventKind.Joined, "dave");

        await carol.CrashAsync();
        cluster.Set("carol", MemberState.Dead);

        foreach (var survivor in new[] { alice, bob })
        {
            await survivor.Log.HasAsync(EventKind.Left, "carol");
            await survivor.Log.HasAsync(EventKind.Left, "dave");
        }

        await alice.IsHeardByAsync(bob);
        await bob.IsHeardByAsync(alice);
        foreach (var survivor in new[] { alice, bob })
        {
            Assert.Equal(["dave", "carol"], survivor.Log.Deliveries.Where(d => d.Kind == EventKind.Left).Select(d => d.Participant));
        }
    }
}
