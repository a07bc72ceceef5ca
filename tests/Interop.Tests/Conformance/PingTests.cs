using System.Net;
using System.Net.Sockets;

namespace ChittyChat.Interop.Tests.Conformance;

/// <summary>Who is answered, where, and with what: pings over datagrams and streams, direct and through a helper.</summary>
public sealed class PingTests
{
    [Fact]
    public async Task A_ping_is_answered_to_its_sender_or_to_the_source_that_it_names()
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var here = node.NewPeer();
        await using var elsewhere = node.NewPeer();

        here.Send(RawMessage.PingOf("node", 7));
        await here.AckAsync(7);
        here.Send(RawMessage.PingOf("", 8));
        await here.AckAsync(8);
        here.Send(RawMessage.Of(
            RawMessage.Ping, ("Node", "node"), ("SeqNo", 9u), ("SourceAddr", new byte[] { 127, 0, 0, 1 }), ("SourceNode", "elsewhere"), ("SourcePort", (uint)elsewhere.Port)));
        await elsewhere.AckAsync(9);
    }

    [Fact]
    public async Task A_ping_for_somebody_else_is_not_answered()
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var peer = node.NewPeer();

        peer.Send(RawMessage.PingOf("another", 7));
        await peer.SyncAsync();

        Assert.DoesNotContain(peer.Seen, m => m.Type == RawMessage.Ack && (ulong)m.Fields["SeqNo"]! == 7);
        Assert.Empty(await peer.RequestAsync(RawMessage.PingOf("another", 7)));
    }

    [Theory]
    [InlineData(false, RawMessage.Ack)]
    [InlineData(true, RawMessage.Compress)]
    public async Task A_ping_on_a_stream_is_answered_there_and_compressed_only_by_who_compresses(bool compression, byte expected)
    {
        await using var node = await NodeUnderTest.StartAsync(configure: o => o.Compression = compression);
        await using var peer = node.NewPeer();

        var answer = await peer.RequestAsync(RawMessage.PingOf("node", 7));

        Assert.Equal(expected, answer[0]);
        if (!compression)
        {
            var fields = RawMessage.ReadMap(answer.AsSpan(1), out var length);
            Assert.Equal((7ul, null, answer.Length - 1), ((ulong)fields["SeqNo"]!, fields["Payload"], length));
        }
    }

    [Fact]
    public async Task A_helper_passes_the_answer_on_under_the_number_of_who_asked()
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var target = await NodeUnderTest.StartAsync("target");
        await using var origin = node.NewPeer();

        origin.Send(Ask(77, target.Node.Self.Address.Port, nack: true));

        Assert.Null((await origin.AckAsync(77))["Payload"]);
    }

    [Fact]
    public async Task A_helper_says_so_once_when_the_target_does_not_answer_but_only_if_asked_to()
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var origin = node.NewPeer();
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)silent.Client.LocalEndPoint!).Port;

        // The one without a nack first: when the nack of the second comes, that of the first would have been there.
        origin.Send(Ask(76, port, nack: false));
        origin.Send(Ask(77, port, nack: true));
        await origin.SeesAsync(RawMessage.Nack, _ => true, "a nack");
        origin.Send(Ask(78, port, nack: true));
        await origin.SeesAsync(RawMessage.Nack, f => (ulong)f["SeqNo"]! == 78, "a second nack");

        Assert.Equal([77ul, 78ul], origin.Seen.Where(m => m.Type == RawMessage.Nack).Select(m => (ulong)m.Fields["SeqNo"]!));
    }

    [Fact]
    public async Task The_members_of_the_sixteen_byte_form_are_dialled_as_ipv4_and_passed_on_unchanged()
    {
        await using var node = await NodeUnderTest.StartAsync();
        await using var peer = node.NewPeer();
        await using var mapped = node.NewPeer();
        await peer.IntroduceAsync("peer");
        var address = IPAddress.Loopback.MapToIPv6().GetAddressBytes();

        peer.Send(RawMessage.AliveOf("mapped", 1, mapped.Port, address: address));

        Assert.Equal(address, (await peer.SeesAsync(RawMessage.Alive, "mapped"))["Addr"]);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, mapped.Port), node.Node.Members.Single(m => m.Name == "mapped").Address);
        peer.Send(RawMessage.AliveOf("peer", 2, peer.Port));
        await mapped.SeesAsync(RawMessage.Alive, "peer", 2);
    }

    private static byte[] Ask(uint number, int port, bool nack) => RawMessage.Of(
        RawMessage.IndirectPing, ("Nack", nack), ("Node", "target"), ("Port", (uint)port), ("SeqNo", number), ("Target", new byte[] { 127, 0, 0, 1 }));
}
