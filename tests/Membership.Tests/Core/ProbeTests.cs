using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Tests.Core;

/// <summary>Probes, helpers, nacks and suspicions on the time line.</summary>
public sealed class ProbeTests
{
    private static readonly Member Asker = Fixed("asker", 7050);

    [Fact]
    public void A_ping_is_answered_where_it_says_or_where_it_came_from()
    {
        var fixture = new CoreFixture();

        fixture.Receive(w => w.WritePing(17, "self", Asker), fromPort: 9999);
        fixture.Receive([0, 0x82, .. MsgPackText("Node"), .. MsgPackText("self"), .. MsgPackText("SeqNo"), 18], fromPort: 9998);
        fixture.Receive(w => w.WritePing(19, "somebody else", Asker));

        Assert.Equal([(7050, 17u), (9998, 18u)], Acks(fixture, MessageType.Ack));
        Assert.Contains(DropReason.NotForThisNode, fixture.Drops);
    }

    [Fact]
    public void A_helper_relays_the_answer_under_the_askers_number()
    {
        var fixture = new CoreFixture();
        fixture.Receive(w => w.WriteIndirectPing(500, Fixed("x", 7001), nack: true, Asker));
        var ping = Assert.Single(fixture.SentMessages(), m => m.Type == MessageType.Ping && m.To.Port == 7001);
        var number = NumberOf(ping.Body);
        Assert.NotEqual(500u, number);

        fixture.Pass(0.1);
        fixture.Receive(w => w.WriteAck(number, "payload"u8), fromPort: 7001);
        fixture.Receive(w => w.WriteAck(number, "payload"u8), fromPort: 7001);
        fixture.Pass(2);

        Assert.Equal([(7050, 500u)], Acks(fixture, MessageType.Ack));
        Assert.Empty(Acks(fixture, MessageType.Nack));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_helper_without_an_answer_says_so_in_time_if_asked_to(bool nack)
    {
        var fixture = new CoreFixture();
        fixture.Receive(w => w.WriteIndirectPing(500, Fixed("x", 7001), nack, Asker));

        fixture.Pass(0.399);
        Assert.Empty(Acks(fixture, MessageType.Nack));
        fixture.Pass(0.002);
        Assert.Equal(nack ? [(7050, 500u)] : [], Acks(fixture, MessageType.Nack));
        fixture.Pass(5);
        Assert.Equal(nack ? 1 : 0, Acks(fixture, MessageType.Nack).Count());
        Assert.Equal(0, fixture.Core.AwaitedAnswers);
    }

    [Fact]
    public void Who_does_not_answer_is_pinged_by_others_and_over_a_stream_and_then_suspected()
    {
        var (fixture, ping) = ProbeStarted(others: 4);
        var target = Assert.Single(fixture.Core.Members, m => m.Address.Port == ping.To.Port);

        fixture.Sent.Clear();
        fixture.Pass(0.501);
        var asked = fixture.SentMessages().Where(m => m.Type == MessageType.IndirectPing).ToArray();
        Assert.Equal(3, asked.Select(m => m.To.Port).Distinct().Count());
        Assert.DoesNotContain(asked, m => m.To.Port == target.Address.Port);
        Assert.All(asked, m => Assert.Equal(NumberOf(ping.Body), NumberOf(m.Body)));
        Assert.Equal(target.Name, Assert.Single(fixture.StreamPings).Target.Name);
        Assert.Empty(fixture.Events);

        fixture.Pass(0.5);
        var suspected = Assert.Single(fixture.Events);
        Assert.Equal((MemberEventKind.Suspected, MemberEventReason.ProbeFailed, target.Name), (suspected.Kind, suspected.Reason, suspected.Member.Name));
        Assert.Equal(3, fixture.Core.HealthScore);
    }

    [Fact]
    public void Nacks_tell_that_the_trouble_is_not_ours()
    {
        var (fixture, ping) = ProbeStarted(others: 4);
        fixture.Pass(0.9);
        for (var i = 0; i < 3; i++)
        {
            fixture.Receive(w => w.WriteNack(NumberOf(ping.Body)));
        }

        fixture.Pass(0.2);

        Assert.Contains(fixture.Events, e => e.Kind == MemberEventKind.Suspected);
        Assert.Equal(0, fixture.Core.HealthScore);
    }

    [Fact]
    public void Who_answers_over_a_stream_only_stays_alive_and_the_network_is_reported()
    {
        var (fixture, ping) = ProbeStarted(others: 4);
        fixture.Pass(0.6);
        fixture.Core.StreamPingAnswered(NumberOf(ping.Body), fixture.Now);

        fixture.Pass(0.5);

        Assert.Empty(fixture.Events);
        Assert.Equal(ping.To.Port, Assert.Single(fixture.Blocked).Address.Port);
    }

    [Fact]
    public void A_suspect_is_told_with_its_ping()
    {
        var fixture = new CoreFixture();
        fixture.Alive("x", 7);
        fixture.Suspect("x", 7);
        while (fixture.Core.QueuedBroadcasts > 0)
        {
            fixture.Sent.Clear();
            fixture.Pass(0.1);
        }

        fixture.Sent.Clear();
        while (fixture.Sent.Count == 0)
        {
            fixture.Pass(0.1);
        }

        Assert.Equal([MessageType.Ping, MessageType.Suspect], fixture.SentMessages().Where(m => m.To.Port == 7001).Select(m => m.Type).Take(2));
    }

    // Eight known members: two confirmations shorten 24 s to 11.381 s and to 4 s; the first accuser and repetitions do not count.
    [Theory]
    [InlineData("a", 24.0)]
    [InlineData("a a a", 24.0)]
    [InlineData("a b", 11.381)]
    [InlineData("a b b a", 11.381)]
    [InlineData("a b c", 4.0)]
    [InlineData("a b c d", 4.0)]
    public void A_suspicion_lasts_as_long_as_the_number_of_accusers_says(string accusers, double seconds)
    {
        var fixture = new CoreFixture(o => o.ProbeInterval = TimeSpan.FromSeconds(1));
        for (var i = 0; i < 6; i++)
        {
            fixture.Alive($"other{i}", 1, 7100 + i);
        }

        fixture.Alive("x", 1);
        foreach (var accuser in accusers.Split(' '))
        {
            fixture.Suspect("x", 1, accuser);
        }

        var suspected = fixture.Now;
        while (fixture.Core.Find("x")!.State == MemberState.Suspect)
        {
            fixture.Pass(0.01);
        }

        Assert.Equal(MemberState.Dead, fixture.Core.Find("x")!.State);
        Assert.InRange((fixture.Now - suspected).TotalSeconds, seconds, seconds + 0.0101);
        Assert.Contains(fixture.Events, e => e is { Kind: MemberEventKind.Failed, Reason: MemberEventReason.SuspicionTimeout, Member.Name: "x" });
    }

    [Fact]
    public void A_process_that_stood_still_does_not_accuse_others_of_its_own_absence()
    {
        var (fixture, ping) = ProbeStarted(others: 4);
        fixture.Sleep(30);

        fixture.Receive(w => w.WriteAck(NumberOf(ping.Body), default), fromPort: ping.To.Port);
        fixture.Pass(0.1);

        Assert.Empty(fixture.Events);
        Assert.Single(fixture.Sleeps);
    }

    private static (CoreFixture Fixture, (System.Net.IPEndPoint To, MessageType Type, byte[] Body) Ping) ProbeStarted(int others)
    {
        var fixture = new CoreFixture();
        for (var i = 0; i < others; i++)
        {
            fixture.Alive($"other{i}", 1, 7100 + i);
        }

        fixture.Events.Clear();
        while (!fixture.SentMessages().Any(m => m.Type == MessageType.Ping))
        {
            fixture.Sent.Clear();
            fixture.Pass(0.001);
        }

        return (fixture, fixture.SentMessages().First(m => m.Type == MessageType.Ping));
    }

    private static IEnumerable<(int Port, uint Number)> Acks(CoreFixture fixture, MessageType type) =>
        fixture.SentMessages().Where(m => m.Type == type).Select(m => (m.To.Port, NumberOf(m.Body)));

    // Every kind with a number has it under the same key.
    private static uint NumberOf(byte[] body)
    {
        var reader = new MsgPackReader(body);
        Assert.True(AckMessage.TryRead(ref reader, out var message));
        return message.SequenceNumber;
    }

    private static byte[] MsgPackText(string text) => [(byte)(0xa0 | text.Length), .. System.Text.Encoding.ASCII.GetBytes(text)];

    private static Member Fixed(string name, int port) =>
        new(name, CoreFixture.AddressOf(port), default, MemberState.Alive, new Incarnation(1), ProtocolVersions.Serf);
}
