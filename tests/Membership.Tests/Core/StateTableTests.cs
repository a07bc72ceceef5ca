using System.Globalization;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Tests.Core;

/// <summary>memberlist's table of transitions, row by row; the stored incarnation is 5.</summary>
public sealed class StateTableTests
{
    // stored state, message, its incarnation → state and incarnation after it, event, what is gossiped.
    [Theory]
    [InlineData("unknown", "alive", 1, "Alive 1", "Joined", "alive x 1")]
    [InlineData("unknown", "suspect", 9, "", "", "")]
    [InlineData("unknown", "dead", 9, "", "", "")]
    [InlineData("unknown", "leave", 9, "", "", "")]
    [InlineData("Alive", "alive", 4, "Alive 5", "", "")]
    [InlineData("Alive", "alive", 5, "Alive 5", "", "")]
    [InlineData("Alive", "alive", 6, "Alive 6", "", "alive x 6")]
    [InlineData("Alive", "alive+meta", 6, "Alive 6", "Updated", "alive x 6")]
    [InlineData("Alive", "alive+meta", 5, "Alive 5", "", "")]
    [InlineData("Alive", "suspect", 4, "Alive 5", "", "")]
    [InlineData("Alive", "suspect", 5, "Suspect 5", "Suspected", "suspect x 5")]
    [InlineData("Alive", "suspect", 6, "Suspect 6", "Suspected", "suspect x 6")]
    [InlineData("Alive", "dead", 4, "Alive 5", "", "")]
    [InlineData("Alive", "dead", 5, "Dead 5", "Failed", "dead x 5")]
    [InlineData("Alive", "dead", 6, "Dead 6", "Failed", "dead x 6")]
    [InlineData("Alive", "leave", 4, "Alive 5", "", "")]
    [InlineData("Alive", "leave", 5, "Left 5", "Left", "dead x 5")]
    [InlineData("Alive", "leave", 6, "Left 6", "Left", "dead x 6")]
    [InlineData("Suspect", "alive", 4, "Suspect 5", "", "")]
    [InlineData("Suspect", "alive", 5, "Suspect 5", "", "")]
    [InlineData("Suspect", "alive+meta", 5, "Suspect 5", "", "")]
    [InlineData("Suspect", "alive", 6, "Alive 6", "Refuted", "alive x 6")]
    [InlineData("Suspect", "alive+meta", 6, "Alive 6", "Refuted Updated", "alive x 6")]
    [InlineData("Suspect", "suspect", 4, "Suspect 5", "", "")]
    [InlineData("Suspect", "suspect", 5, "Suspect 5", "", "")]
    [InlineData("Suspect", "suspect", 6, "Suspect 5", "", "")]
    [InlineData("Suspect", "dead", 4, "Suspect 5", "", "")]
    [InlineData("Suspect", "dead", 6, "Dead 6", "Failed", "dead x 6")]
    [InlineData("Suspect", "leave", 4, "Suspect 5", "", "")]
    [InlineData("Suspect", "leave", 6, "Left 6", "Left", "dead x 6")]
    [InlineData("Dead", "alive", 4, "Dead 5", "", "")]
    [InlineData("Dead", "alive+meta", 5, "Dead 5", "", "")]
    [InlineData("Dead", "dead", 5, "Dead 5", "", "")]
    [InlineData("Dead", "leave", 5, "Dead 5", "", "")]
    [InlineData("Left", "alive", 4, "Left 5", "", "")]
    [InlineData("Left", "alive+meta", 5, "Left 5", "", "")]
    [InlineData("Left", "leave", 9, "Left 5", "", "")]
    [InlineData("Left", "alive@other", 9, "Alive 9", "Joined", "alive x 9")]
    [InlineData("Suspect", "dead", 5, "Dead 5", "Failed", "dead x 5")]
    [InlineData("Suspect", "leave", 5, "Left 5", "Left", "dead x 5")]
    [InlineData("Dead", "alive", 5, "Dead 5", "", "")]
    [InlineData("Dead", "alive", 6, "Alive 6", "Joined", "alive x 6")]
    [InlineData("Dead", "suspect", 9, "Dead 5", "", "")]
    [InlineData("Dead", "dead", 9, "Dead 5", "", "")]
    [InlineData("Dead", "leave", 9, "Dead 5", "", "")]
    [InlineData("Left", "alive", 5, "Left 5", "", "")]
    [InlineData("Left", "alive", 6, "Alive 6", "Joined", "alive x 6")]
    [InlineData("Left", "alive@other", 1, "Alive 1", "Joined", "alive x 1")]
    [InlineData("Left", "suspect", 9, "Left 5", "", "")]
    [InlineData("Left", "dead", 9, "Left 5", "", "")]
    [InlineData("Dead", "alive@other", 1, "Alive 1", "Joined", "alive x 1")]
    [InlineData("Alive", "alive@other", 9, "Alive 5", "Conflict", "")]
    [InlineData("Suspect", "alive@other", 9, "Suspect 5", "Conflict", "")]
    public void A_message_about_another_member(string stored, string message, uint incarnation, string after, string events, string gossip)
    {
        var fixture = Quiet();
        fixture.Alive("other", 1, 7002);
        Prepare(fixture, stored);
        Settle(fixture);

        Deliver(fixture, "x", message, incarnation);

        var member = fixture.Core.Find("x");
        Assert.Equal(after, member is null ? "" : $"{member.State} {member.Incarnation}");
        Assert.Equal(events, string.Join(' ', fixture.Events.Select(e => e.Kind)));
        Assert.Equal(gossip, string.Join(", ", fixture.TakeGossip()));
    }

    [Theory]
    [InlineData("alive", 5, "Alive 5", "", MemberEventReason.None)]
    [InlineData("alive+meta", 4, "Alive 5", "", MemberEventReason.None)]
    [InlineData("alive+meta", 5, "Alive 6", "alive self 6", MemberEventReason.AlteredRecord)]
    [InlineData("alive", 9, "Alive 10", "alive self 10", MemberEventReason.PreviousLife)]
    [InlineData("suspect", 4, "Alive 5", "", MemberEventReason.None)]
    [InlineData("suspect", 5, "Alive 6", "alive self 6", MemberEventReason.Suspected)]
    [InlineData("suspect", 9, "Alive 10", "alive self 10", MemberEventReason.PreviousLife)]
    [InlineData("dead", 4, "Alive 5", "", MemberEventReason.None)]
    [InlineData("dead", 5, "Alive 6", "alive self 6", MemberEventReason.DeclaredDead)]
    [InlineData("dead", 50, "Alive 51", "alive self 51", MemberEventReason.PreviousLife)]
    [InlineData("leave", 5, "Alive 6", "alive self 6", MemberEventReason.DeclaredDead)]
    [InlineData("leave", 60, "Alive 61", "alive self 61", MemberEventReason.PreviousLife)]
    public void A_message_about_this_node_is_refuted(string message, uint incarnation, string after, string gossip, MemberEventReason reason)
    {
        var fixture = Quiet();
        fixture.Alive("other", 1, 7002);
        fixture.Suspect("self", 4);
        Settle(fixture);
        Assert.Equal(new Incarnation(5), fixture.Core.Self.Incarnation);

        Deliver(fixture, "self", message, incarnation, port: CoreFixture.SelfAddress.Port);

        Assert.Equal(after, $"{fixture.Core.Self.State} {fixture.Core.Self.Incarnation}");
        Assert.Equal(gossip, string.Join(", ", fixture.TakeGossip().Where(g => g.Contains("self", StringComparison.Ordinal))));
        Assert.Equal(gossip.Length > 0 ? [(MemberEventKind.Refuted, reason)] : [], fixture.Events.Select(e => (e.Kind, e.Reason)));
    }

    [Theory]
    [InlineData("alive")]
    [InlineData("suspect")]
    [InlineData("dead")]
    [InlineData("leave")]
    public void Whoever_leaves_does_not_come_back(string message)
    {
        var fixture = Quiet();
        fixture.Alive("other", 1, 7002);
        fixture.Core.Leave(new object(), fixture.Now);
        Settle(fixture);

        Deliver(fixture, "self", message, 9, port: CoreFixture.SelfAddress.Port);

        Assert.Equal("Left 1", $"{fixture.Core.Self.State} {fixture.Core.Self.Incarnation}");
        Assert.Empty(fixture.Events);
        Assert.Empty(fixture.TakeGossip());
    }

    [Fact]
    public void Before_the_reclaim_time_a_dead_name_stays_at_its_address()
    {
        var fixture = Quiet(o => o.DeadNodeReclaimTime = TimeSpan.FromSeconds(2));
        fixture.Alive("other", 1, 7002);
        Prepare(fixture, "Dead");
        fixture.Pass(1);
        fixture.Alive("x", 9, 7777);
        Assert.Equal(MemberState.Dead, fixture.Core.Find("x")!.State);

        fixture.Pass(1.1);
        fixture.Alive("x", 1, 7777);

        Assert.Equal(7777, fixture.Core.Find("x")!.Address.Port);
        Assert.Equal(MemberState.Alive, fixture.Core.Find("x")!.State);
    }

    [Theory]
    [InlineData("Dead")]
    [InlineData("Left")]
    public void What_is_still_said_about_the_process_before_does_not_harm_its_successor(string stored)
    {
        var fixture = Quiet();
        fixture.Alive("other", 1, 7002);
        Prepare(fixture, stored);
        fixture.Alive("x", 1, 7777);
        Settle(fixture);

        foreach (var message in new[] { "suspect", "dead", "leave" })
        {
            Deliver(fixture, "x", message, 5);
        }

        fixture.Core.MergeState(Records(MemberState.Left, MemberState.Dead, MemberState.Suspect), isAnswer: true, fixture.Now);

        Assert.Equal("Alive 1", $"{fixture.Core.Find("x")!.State} {fixture.Core.Find("x")!.Incarnation}");
        Assert.Empty(fixture.Events);
        Assert.Empty(fixture.TakeGossip());

        // Later ones can only be about the successor, which has gone past its predecessor as it heard of it.
        fixture.Alive("x", 6, 7777);
        fixture.Dead("x", 6);
        Assert.Equal(MemberState.Dead, fixture.Core.Find("x")!.State);

        static StreamMessage Records(params MemberState[] states)
        {
            var writer = new ByteWriter();
            writer.WritePushPullHeader(join: false, states.Length, 0);
            foreach (var state in states)
            {
                writer.WriteMember(new Member("x", CoreFixture.AddressOf(7001), default, state, new Incarnation(5), ProtocolVersions.Serf));
            }

            return new StreamMessage(MessageType.PushPull, writer.ToArray().AsMemory(1), default);
        }
    }

    [Fact]
    public void A_successor_can_be_accused_when_nobody_speaks_of_the_process_before_any_more()
    {
        var fixture = Quiet(o => o.GossipToTheDeadTime = TimeSpan.FromSeconds(30));
        fixture.Alive("other", 1, 7002);
        Prepare(fixture, "Dead");
        fixture.Alive("x", 1, 7777);

        fixture.Pass(30);
        fixture.Suspect("x", 5);

        Assert.Equal(MemberState.Suspect, fixture.Core.Find("x")!.State);
    }

    [Fact]
    public void A_successor_that_does_not_answer_is_found_dead_by_this_node_itself()
    {
        var fixture = new CoreFixture();
        Prepare(fixture, "Dead");
        fixture.Alive("x", 1, 7777);

        fixture.Pass(10);

        Assert.Equal("Dead 1", $"{fixture.Core.Find("x")!.State} {fixture.Core.Find("x")!.Incarnation}");
    }

    [Fact]
    public void A_conflict_is_reported_once_in_a_while()
    {
        var fixture = Quiet();
        fixture.Alive("x", 1, 7001);
        fixture.Events.Clear();

        fixture.Alive("x", 9, 7777);
        fixture.Alive("x", 9, 7777);

        var conflict = Assert.Single(fixture.Events);
        Assert.Equal(MemberEventKind.Conflict, conflict.Kind);
        Assert.Equal("127.0.0.1:7777", conflict.From);
        Assert.Equal(7001, conflict.Member.Address.Port);
    }

    [Fact]
    public void Somebody_else_with_this_nodes_name_is_a_conflict()
    {
        var fixture = Quiet();
        fixture.Alive("other", 1, 7002);
        fixture.Events.Clear();

        fixture.Alive("self", 9, 7777);

        Assert.Equal([MemberEventKind.Conflict], fixture.Events.Select(e => e.Kind));
        Assert.Equal("Alive 1", $"{fixture.Core.Self.State} {fixture.Core.Self.Incarnation}");
    }

    // No probes of its own: nobody would answer them.
    private static CoreFixture Quiet(Action<MembershipOptions>? configure = null) => new(o =>
    {
        o.ProbeInterval = TimeSpan.FromHours(1);
        configure?.Invoke(o);
    });

    private static void Prepare(CoreFixture fixture, string stored)
    {
        if (stored == "unknown")
        {
            return;
        }

        fixture.Alive("x", 5);
        switch (Enum.Parse<MemberState>(stored))
        {
            case MemberState.Suspect:
                fixture.Suspect("x", 5);
                break;
            case MemberState.Dead:
                fixture.Dead("x", 5);
                break;
            case MemberState.Left:
                fixture.Dead("x", 5, from: "x");
                break;
        }

        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{stored} 5"), $"{fixture.Core.Find("x")!.State} {fixture.Core.Find("x")!.Incarnation}");
    }

    // Lets the gossip of the preparation end.
    private static void Settle(CoreFixture fixture)
    {
        while (fixture.Core.QueuedBroadcasts > 0)
        {
            fixture.Pass(0.2);
        }

        fixture.Events.Clear();
    }

    private static void Deliver(CoreFixture fixture, string name, string message, uint incarnation, int port = 7001)
    {
        switch (message)
        {
            case "alive":
                fixture.Alive(name, incarnation, port);
                break;
            case "alive+meta":
                fixture.Alive(name, incarnation, port, "new");
                break;
            case "alive@other":
                fixture.Alive(name, incarnation, port + 500);
                break;
            case "suspect":
                fixture.Suspect(name, incarnation);
                break;
            case "dead":
                fixture.Dead(name, incarnation);
                break;
            case "leave":
                fixture.Dead(name, incarnation, from: name);
                break;
        }
    }
}
