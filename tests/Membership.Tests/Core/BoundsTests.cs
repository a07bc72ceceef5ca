using System.Net;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Tests.Core;

/// <summary>What is at the end of a range.</summary>
public sealed class BoundsTests
{
    [Theory]
    [InlineData(uint.MaxValue - 3, uint.MaxValue - 2)]
    [InlineData(uint.MaxValue - 2, uint.MaxValue - 1)]
    [InlineData(uint.MaxValue - 1, 1)]
    [InlineData(uint.MaxValue, 1)]
    public void An_accusation_is_refuted_as_long_as_others_can_believe_the_answer(uint accused, uint answered)
    {
        var fixture = new CoreFixture();
        fixture.Alive("other", 1, 7002);

        fixture.Suspect("self", accused);
        fixture.Dead("self", accused);

        Assert.Equal(new Incarnation(answered), fixture.Core.Self.Incarnation);
        var listener = new CoreFixture(o => o.Name = "other");
        listener.Alive("self2", answered);
        Assert.Equal(new Incarnation(answered), listener.Core.Find("self2")!.Incarnation);
    }

    [Fact]
    public void Who_was_driven_to_the_last_incarnation_says_so_when_it_needs_another()
    {
        var fixture = new CoreFixture();
        fixture.Suspect("self", uint.MaxValue - 2);

        var refused = Assert.Throws<MembershipException>(() => fixture.Core.UpdateMetadata("new"u8.ToArray(), new object(), fixture.Now));

        Assert.Contains("used up its incarnations", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_announcement_fits_the_smallest_datagram()
    {
        var options = new MembershipOptions { Name = "self", Label = new string('l', 255), DatagramSize = 1010 + 257 };
        Assert.Empty(options.Validate());
        options.DatagramSize--;
        Assert.Contains("DatagramSize must be between 1267 and", Assert.Single(options.Validate()), StringComparison.Ordinal);
        var longest = new Member(
            new string('\u20ac', MembershipOptions.MaxNameLength), new IPEndPoint(IPAddress.IPv6Loopback, 65_535), new byte[MembershipOptions.MaxMetadataLength],
            MemberState.Alive, new Incarnation(uint.MaxValue - 1), ProtocolVersions.Serf);
        var fixture = new CoreFixture(o => o.DatagramSize = 1010) { PacketOverhead = SecureFrame.Overhead };
        fixture.Alive("other", 1, 7002);
        fixture.Receive(w => w.WriteAlive(longest));

        fixture.Pass(10);

        Assert.Equal(0, fixture.Core.QueuedBroadcasts);
        Assert.Contains(fixture.SentMessages(), m => m.Type == MessageType.Alive && m.Body.Length > 900);
    }

    [Fact]
    public void Of_very_many_join_addresses_the_latest_are_remembered()
    {
        var fixture = new CoreFixture(o => o.RejoinInterval = TimeSpan.FromSeconds(1));
        for (var port = 1; port <= 1000; port++)
        {
            fixture.Core.RememberSeed(CoreFixture.AddressOf(port));
        }

        fixture.Pass(2000);

        Assert.NotEmpty(fixture.Exchanges);
        Assert.All(fixture.Exchanges, e => Assert.InRange(e.Address.Port, 745, 1000));
    }
}
