namespace ChittyChat.Interop.Tests.Conformance;

/// <summary>What a node believes of what it is told, and what it says about itself.</summary>
public sealed class StateTests
{
    [Fact]
    public async Task Members_with_short_or_incompatible_versions_are_neither_believed_nor_passed_on()
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var peer = node.NewPeer();
        await peer.IntroduceAsync("peer");
        byte[][] wrong =
        [
            [], [1], [1, 5], [1, 5, 2], [1, 5, 2, 2], [1, 5, 2, 2, 5], [1, 5, 2, 0, 0, 0], [0, 0, 0, 2, 5, 5], [5, 1, 2, 2, 5, 5],
        ];
        for (var i = 0; i < wrong.Length; i++)
        {
            peer.Send(RawMessage.AliveOf($"wrong{i}", 1, 1 + i, wrong[i]));
        }

        peer.Send(RawMessage.AliveOf("eight", 1, 90, [1, 5, 2, 2, 5, 5, 9, 9]));
        peer.Send(RawMessage.AliveOf("six", 1, 91));
        await peer.SeesAsync(RawMessage.Alive, "six");
        await peer.SyncAsync();

        Assert.Equal("eight:Alive:1 peer:Alive:1 six:Alive:1", node.Table);
        Assert.DoesNotContain(peer.Seen, m => m.Type == RawMessage.Alive && RawPeer.Text(m.Fields, "Node").StartsWith("wrong", StringComparison.Ordinal));
        Assert.All(peer.Seen.Where(m => m.Type == RawMessage.Alive), m => Assert.Equal(RawMessage.SerfVersions, m.Fields["Vsn"]));
    }

    [Fact]
    public async Task What_is_false_about_the_node_itself_is_refuted_with_a_higher_incarnation()
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var peer = node.NewPeer();
        await peer.IntroduceAsync("peer");

        peer.Send(RawMessage.AliveOf("node", 1, node.Node.Self.Address.Port, metadata: "not mine"));
        Assert.Equal("", RawPeer.Text(await peer.SeesAsync(RawMessage.Alive, "node", 2), "Meta"));
        peer.Send(RawMessage.SuspectOf("node", 9, "peer"));
        await peer.SeesAsync(RawMessage.Alive, "node", 10);
        peer.Send(RawMessage.DeadOf("node", 50, "peer"));
        await peer.SeesAsync(RawMessage.Alive, "node", 51);
        peer.Send(RawMessage.DeadOf("node", 60, "node"));
        await peer.SeesAsync(RawMessage.Alive, "node", 61);
        peer.Send(RawMessage.SuspectOf("node", 60, "peer"));
        await peer.SyncAsync();

        Assert.Equal(61u, node.Node.Self.Incarnation.Value);
    }

    [Fact]
    public async Task A_silent_member_is_suspected_and_then_declared_dead()
    {
        await using var node = await NodeUnderTest.StartAsync(configure: o => (o.ProbeInterval, o.ProbeTimeout) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(50)));
        await using var peer = node.NewPeer();
        await using var silent = node.NewPeer();
        silent.Answers = false;
        await peer.IntroduceAsync("peer");
        peer.Send(RawMessage.AliveOf("silent", 1, silent.Port));

        await peer.SeesAsync(RawMessage.Suspect, "silent", 1);
        var dead = await peer.SeesAsync(RawMessage.Dead, "silent", 1);

        Assert.Equal("node", RawPeer.Text(dead, "From"));
        // The other one may look silent too, on a busy machine.
        await node.UntilAsync("silent:Dead:1", of: "silent");
        // The suspect itself is told too, so that it could refute.
        await silent.SeesAsync(RawMessage.Suspect, "silent", 1);
    }

    [Fact]
    public async Task Whoever_said_goodbye_leaves_its_name_to_another_address_and_whoever_is_alive_does_not()
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var peer = node.NewPeer();
        await peer.IntroduceAsync("peer");
        peer.Send(RawMessage.AliveOf("name", 5, 1));
        peer.Send(RawMessage.AliveOf("name", 6, 2));
        await peer.SyncAsync();
        Assert.Equal(1, node.Node.Members.Single(m => m.Name == "name").Address.Port);
        Assert.Equal("name:Alive:5 peer:Alive:1", node.Table);

        peer.Send(RawMessage.DeadOf("name", 5, "name"));
        peer.Send(RawMessage.AliveOf("name", 1, 2));
        await peer.SyncAsync();

        Assert.Equal("name:Alive:1 peer:Alive:1", node.Table);
        Assert.Equal(2, node.Node.Members.Single(m => m.Name == "name").Address.Port);
    }

    [Fact]
    public async Task A_death_from_an_exchange_is_only_a_suspicion_which_the_member_refutes()
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var victim = await NodeUnderTest.StartAsync("victim");
        await using var peer = node.NewPeer();
        await peer.IntroduceAsync("peer");
        await victim.Node.JoinAsync([node.Node.Self.Address.ToString()]);
        await peer.SeesAsync(RawMessage.Alive, "victim", 1);

        await peer.RequestAsync(
        [
            .. RawMessage.Of(RawMessage.PushPull, ("Join", false), ("Nodes", 1u), ("UserStateLen", 0u)),
            .. RawMessage.Map(
                ("Addr", new byte[] { 127, 0, 0, 1 }), ("Incarnation", 1u), ("Meta", null), ("Name", "victim"), ("Port", (uint)victim.Node.Self.Address.Port), ("State", 2u),
                ("Vsn", RawMessage.SerfVersions)),
        ]);

        var accusation = await peer.SeesAsync(RawMessage.Suspect, "victim", 1);
        Assert.Equal("node", RawPeer.Text(accusation, "From"));
        await peer.SeesAsync(RawMessage.Alive, "victim", 2);
        Assert.DoesNotContain(peer.Seen, m => m.Type == RawMessage.Dead);
        await node.UntilAsync("peer:Alive:1 victim:Alive:2");
    }
}
