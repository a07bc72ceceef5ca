using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Tests.Core;

/// <summary>How long a suspicion lasts, from the outside: memberlist's figures for its LAN preset.</summary>
public sealed class SuspicionTests
{
    // The others are silent too, so only what comes before they are probed counts: the node does not probe at all here.
    private readonly CoreFixture _node = new(o => (o.ProbeTimeout, o.ProbeInterval) = (TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1)));

    [Fact]
    public void In_three_members_nobody_can_confirm_so_it_lasts_the_least_time()
    {
        Know(2);
        _node.Suspect("m0", 1);

        Assert.Equal(4.0, SecondsUntilDead("m0"), 1);
    }

    [Fact]
    public void In_eight_members_an_unconfirmed_one_lasts_six_times_as_long()
    {
        Know(7);
        _node.Suspect("m0", 1);

        Assert.Equal(24.0, SecondsUntilDead("m0"), 1);
    }

    [Fact]
    public void One_confirmation_shortens_it_by_half_and_two_to_the_least_time()
    {
        Know(7);
        _node.Suspect("m0", 1, "m1");
        _node.Suspect("m0", 1, "m2");
        Assert.Equal(11.4, SecondsUntilDead("m0"), 1);

        var other = new CoreFixture();
        foreach (var i in Enumerable.Range(0, 7))
        {
            other.Alive($"m{i}", 1, 7001 + i);
        }

        other.Suspect("m0", 1, "m1");
        other.Pass(0.05);
        other.Suspect("m0", 1, "m2");
        other.Pass(0.05);
        other.Suspect("m0", 1, "m3");
        other.Pass(3.85);
        Assert.Equal(MemberState.Suspect, other.Core.Find("m0")!.State);
        other.Pass(0.1);
        Assert.Equal(MemberState.Dead, other.Core.Find("m0")!.State);
    }

    [Fact]
    public void The_same_accuser_does_not_count_twice()
    {
        Know(7);
        foreach (var _ in Enumerable.Range(0, 5))
        {
            _node.Suspect("m0", 1, "m1");
        }

        _node.Suspect("m0", 1, "m2");
        _node.Suspect("m0", 1, "m2");

        Assert.Equal(11.4, SecondsUntilDead("m0"), 1);
    }

    private void Know(int members)
    {
        for (var i = 0; i < members; i++)
        {
            _node.Alive($"m{i}", 1, 7001 + i);
        }
    }

    // The node's own probes of the suspect would confirm the suspicion; they are answered, as those of all others are.
    private double SecondsUntilDead(string name)
    {
        var began = _node.Now;
        while (_node.Core.Find(name)!.State == MemberState.Suspect)
        {
            _node.Pass(0.01);
            foreach (var ping in _node.SentMessages().Where(m => m.Type == MessageType.Ping).ToArray())
            {
                var reader = new MsgPackReader(ping.Body);
                Assert.True(PingMessage.TryRead(ref reader, out var message));
                var number = message.SequenceNumber;
                _node.Receive(w => w.WriteAck(number, default));
            }

            _node.Sent.Clear();
            Assert.True(_node.Now - began < TimeSpan.FromMinutes(1), $"{name} was not declared dead within a minute");
        }

        return (_node.Now - began).TotalSeconds;
    }
}
