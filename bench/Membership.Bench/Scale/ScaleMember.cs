using System.Net;
using ChittyChat.Membership.Core;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Bench.Scale;

/// <summary>A core in the <see cref="ScaleCluster"/>, and what carries out its wishes.</summary>
internal sealed class ScaleMember(ScaleCluster cluster, int index, Member self) : ICoreOutput
{
    public MembershipCore Core { get; set; } = null!;

    public bool IsUp { get; set; } = true;

    /// <summary>When it is to be woken; never when there is no wake-up on its way.</summary>
    public TimeSpan WakesAt { get; set; } = TimeSpan.MaxValue;

    public int PacketOverhead => 0;

    public bool SendPacket(ReadOnlySpan<byte> packet, IPEndPoint destination, bool checksum)
    {
        cluster.Send(this, packet, destination, checksum);
        return true;
    }

    public void PingStream(uint probe, Member target, TimeSpan timeout) => cluster.PingStream(this, probe, target.Address);

    public void ExchangeState(IPEndPoint address, string? name, bool join) => cluster.Exchange(this, address, join);

    public void MemberChanged(string name, Member? current)
    {
        // The tables of the cores are all there is here.
    }

    public void Raise(MemberEvent change)
    {
        if (change.Member.Name != self.Name)
        {
            cluster.Told(change);
        }
    }

    public void DeliverUserMessage(ReadOnlySpan<byte> payload) => throw Unexpected();

    public void Complete(object token) => throw Unexpected();

    public void CompletePing(object token, TimeSpan? roundTrip) => throw Unexpected();

    public void PingAnswered(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload)
    {
        // Nothing is built on round-trip times here.
    }

    public void DatagramsBlocked(Member member) => throw Unexpected();

    public void Dropped(DropReason reason) => throw Unexpected();

    public void Received(MessageType type)
    {
        // Packets are counted where they are sent.
    }

    public void Refused(string name, string reason) => throw Unexpected();

    public void GossipBegins()
    {
    }

    public void GossipEnds()
    {
    }

    public void Degraded(Degradation what)
    {
    }

    public void WokeUp(TimeSpan late) => throw Unexpected();

    private InvalidOperationException Unexpected() => new($"Member {index} did what nothing here gives it a reason to.");
}
