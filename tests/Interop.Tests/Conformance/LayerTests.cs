using System.Security.Cryptography;
using System.Text;

namespace ChittyChat.Interop.Tests.Conformance;

/// <summary>What a node takes out of its wrappings, and what it leaves alone without harm.</summary>
public sealed class LayerTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];

    [Fact]
    public async Task Compounds_are_taken_apart_up_to_127_parts_nested_and_cut_off()
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var peer = node.NewPeer();
        foreach (var count in new[] { 1, 60, 127 })
        {
            peer.Send(RawMessage.CompoundOf([.. Enumerable.Range(0, count).Select(i => RawMessage.PingOf("node", (uint)((count * 1000) + i)))]));
            await peer.AckAsync((uint)((count * 1000) + count - 1));
            Assert.Equal(count, peer.Seen.Count(m => m.Type == RawMessage.Ack && (ulong)m.Fields["SeqNo"]! / 1000 == (ulong)count));
        }

        peer.Send(RawMessage.CompoundOf(RawMessage.PingOf("node", 10), RawMessage.CompoundOf(RawMessage.PingOf("node", 11), RawMessage.PingOf("node", 12))));
        await peer.AckAsync(12);
        var cut = RawMessage.CompoundOf(RawMessage.PingOf("node", 20), RawMessage.PingOf("node", 21));
        peer.Send(cut[..^1]);
        await peer.AckAsync(20);
        await peer.SyncAsync();
        Assert.DoesNotContain(peer.Seen, m => m.Type == RawMessage.Ack && (ulong)m.Fields["SeqNo"]! == 21);
    }

    [Fact]
    public async Task A_checksum_has_to_be_right()
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var peer = node.NewPeer();

        peer.Send(RawMessage.WithChecksum(RawMessage.PingOf("node", 7), flip: 1));
        peer.Send(RawMessage.WithChecksum(RawMessage.PingOf("node", 8)));
        await peer.AckAsync(8);

        Assert.DoesNotContain(peer.Seen, m => m.Type == RawMessage.Ack && (ulong)m.Fields["SeqNo"]! == 7);
    }

    [Theory]
    [InlineData("")]
    [InlineData("07")]
    [InlineData("0700")]
    [InlineData("07ff")]
    [InlineData("09")]
    [InlineData("0982a4416c676f01a342756600")]
    [InlineData("0982a4416c676f00a3427566a4ffffffff")]
    [InlineData("0c")]
    [InlineData("0c00000000")]
    [InlineData("0a")]
    [InlineData("0d81a54572726f72a0")]
    [InlineData("2a80")]
    [InlineData("f4")]
    [InlineData("f400")]
    [InlineData("0080")]
    [InlineData("0180")]
    [InlineData("0280")]
    [InlineData("0380")]
    [InlineData("0480")]
    [InlineData("0580")]
    [InlineData("0680")]
    [InlineData("0b80")]
    [InlineData("ffffffffffffffff")]
    public async Task Garbage_changes_nothing_and_the_node_goes_on(string hex)
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var peer = node.NewPeer();
        await peer.IntroduceAsync("peer");

        peer.Send(Convert.FromHexString(hex));
        await peer.SyncAsync();
        await peer.RequestAsync([.. Convert.FromHexString(hex), .. new byte[64]]);
        await peer.SyncAsync();

        Assert.Equal("peer:Alive:1", node.Table);
    }

    [Fact]
    public async Task A_message_that_is_cut_off_anywhere_changes_nothing()
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var peer = node.NewPeer();
        await peer.IntroduceAsync("peer");
        byte[][] messages =
        [
            RawMessage.AliveOf("new", 1, 1, metadata: "hello"), RawMessage.AliveOf("peer", 9, peer.Port), RawMessage.SuspectOf("peer", 9, "me"), RawMessage.DeadOf("peer", 9, "me"),
            RawMessage.CompoundOf(RawMessage.DeadOf("peer", 9, "me")), RawMessage.WithChecksum(RawMessage.AliveOf("new", 1, 1)), State("new", 0),
        ];

        foreach (var message in messages)
        {
            for (var length = 0; length < message.Length; length++)
            {
                peer.Send(message[..length]);
            }

            await peer.SyncAsync();
        }

        Assert.Equal("peer:Alive:1", node.Table);
    }

    [Fact]
    public async Task A_full_exchange_echoes_the_join_and_lists_everybody_also_the_departed()
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var peer = node.NewPeer();
        await peer.IntroduceAsync("peer");
        peer.Send(RawMessage.AliveOf("gone", 1, 1));
        peer.Send(RawMessage.DeadOf("gone", 1, "gone"));
        peer.Send(RawMessage.AliveOf("lost", 1, 2));
        peer.Send(RawMessage.DeadOf("lost", 1, "peer"));
        await peer.SyncAsync();

        var answer = await peer.RequestAsync(RawMessage.Of(RawMessage.PushPull, ("Join", true), ("Nodes", 0u), ("UserStateLen", 0u)));

        Assert.Equal(RawMessage.PushPull, answer[0]);
        var header = RawMessage.ReadMap(answer.AsSpan(1), out var at);
        Assert.Equal((true, 4ul), ((bool)header["Join"]!, (ulong)header["Nodes"]!));
        var listed = new List<string>();
        for (at++; at < answer.Length;)
        {
            var member = RawMessage.ReadMap(answer.AsSpan(at), out var length);
            at += length;
            listed.Add($"{RawPeer.Text(member, "Name")} {member["State"]}");
        }

        Assert.Equal(["gone 3", "lost 2", "node 0", "peer 0"], listed.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(-1L, 0L)]
    [InlineData(1L << 31, 0L)]
    [InlineData(1L, 1L << 40)]
    [InlineData(0L, -1L)]
    public async Task An_exchange_of_impossible_size_is_ended(long nodes, long userState)
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var peer = node.NewPeer();

        var answer = await peer.RequestAsync(RawMessage.Of(RawMessage.PushPull, ("Join", true), ("Nodes", nodes), ("UserStateLen", userState)));

        // At once, as the node would wait much longer for the rest.
        Assert.Equal(RawMessage.Error, answer[0]);
        await peer.SyncAsync();
    }

    [Fact]
    public async Task Who_is_not_encrypted_is_told_so_in_cipher_and_who_is_for_nothing_in_plain()
    {
        await using var keyed = await NodeUnderTest.StartAsync("keyed", o => o.SecretKeys = [Key]);
        await using var stranger = keyed.NewPeer();
        Assert.Equal(0x0A, (await stranger.RequestAsync(RawMessage.PingOf("keyed", 1)))[0]);

        await using var plain = await NodeUnderTest.StartAsync();
        await using var secretive = plain.NewPeer();
        var refusal = await secretive.RequestAsync([0x0A, 0, 0, 0, 40, .. new byte[40]]);
        Assert.Equal(RawMessage.Error, refusal[0]);
        Assert.Contains("encrypt", RawPeer.Text(RawMessage.ReadMap(refusal.AsSpan(1), out _), "Error"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Only_the_right_label_and_the_right_key_are_heard()
    {
        byte[] Label(string label, byte[] rest) => [0xF4, (byte)label.Length, .. Encoding.UTF8.GetBytes(label), .. rest];
        await using var node = await NodeUnderTest.StartAsync("node", o => (o.Label, o.SecretKeys) = ("lab", [Key]));
        await using var peer = node.NewPeer();
        var otherKey = Key.Reverse().ToArray();
        byte[][] unheard =
        [
            RawMessage.PingOf("node", 1), Label("lab", RawMessage.PingOf("node", 2)), Encrypt(Key, "lab", RawMessage.PingOf("node", 3)),
            Label("bal", Encrypt(Key, "bal", RawMessage.PingOf("node", 4))), Label("lab", Encrypt(otherKey, "lab", RawMessage.PingOf("node", 5))),
            Label("lab", Encrypt(Key, "", RawMessage.PingOf("node", 6))), Label("lab", Label("lab", Encrypt(Key, "lab", RawMessage.PingOf("node", 7)))),
        ];
        foreach (var datagram in unheard)
        {
            peer.Send(datagram);
            Assert.Empty(await peer.RequestAsync(RawMessage.PingOf("node", 8)));
        }

        peer.Send(Label("lab", Encrypt(Key, "lab", RawMessage.PingOf("node", 9))));
        await peer.HearsAnythingAsync();
        Assert.Equal(1, peer.Datagrams);
    }

    private static byte[] State(string name, uint state) =>
    [
        .. RawMessage.Of(RawMessage.PushPull, ("Join", false), ("Nodes", 1u), ("UserStateLen", 0u)),
        .. RawMessage.Map(
            ("Addr", new byte[] { 127, 0, 0, 1 }), ("Incarnation", 1u), ("Meta", null), ("Name", name), ("Port", 1u), ("State", state), ("Vsn", RawMessage.SerfVersions)),
    ];

    private static byte[] Encrypt(byte[] key, string label, byte[] message)
    {
        using var aes = new AesGcm(key, 16);
        var (nonce, cipher, tag) = (new byte[12], new byte[message.Length], new byte[16]);
        nonce[0] = message[^1];
        aes.Encrypt(nonce, message, cipher, tag, Encoding.UTF8.GetBytes(label));
        return [1, .. nonce, .. cipher, .. tag];
    }
}
