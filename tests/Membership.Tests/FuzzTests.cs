using ChittyChat.Membership.Wire;
using ChittyChat.Simulation.Fuzzing;

namespace ChittyChat.Membership.Tests;

/// <summary>Damaged input of every kind. The benchmark project runs the same campaign for millions of inputs.</summary>
public sealed class FuzzTests
{
    public static TheoryData<string> DatagramKinds => [.. MessageCorpus.Datagrams.Keys];

    public static TheoryData<string> StreamKinds => [.. MessageCorpus.Streams.Keys];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Damaged_messages_are_dropped_and_nothing_else(int seed)
    {
        var campaign = new FuzzCampaign(seed);

        campaign.Run(60_000);

        // The inputs reached all that can refuse them, and some were sound enough to have an effect.
        Assert.Superset(
            new HashSet<string> { "Truncated", "Undecryptable", "WrongChecksum", "Malformed", "UnknownType", "UnknownCompression", "WrongLabel", "IncompatibleVersion", "InvalidMember" },
            campaign.Dropped.Keys.ToHashSet());
        Assert.True(campaign.Effects > 10_000, $"only {campaign.Effects} effects");
    }

    [Theory]
    [MemberData(nameof(DatagramKinds))]
    public void A_datagram_that_is_cut_off_anywhere_changes_nothing(string kind)
    {
        var whole = MessageCorpus.Datagrams[kind];
        // The complete parts of a compound count; a user message has no end of its own.
        var partial = whole[0] is (byte)MessageType.Compound or (byte)MessageType.User;
        for (var length = 0; length < whole.Length; length++)
        {
            var target = new FuzzTarget(new Random(1), encrypted: false);
            var before = (target.Effects, target.Core.Dump(target.Now));
            target.TakeDatagram(whole.AsSpan(0, length));
            if (!partial)
            {
                Assert.Equal(before, (target.Effects, target.Core.Dump(target.Now)));
                Assert.Equal(1, target.Drops.Values.Sum());
            }

            target = new FuzzTarget(new Random(1), encrypted: true);
            before = (target.Effects, target.Core.Dump(target.Now));
            target.TakeDatagram(target.Seal(whole, checksum: true).AsSpan(0, length));
            Assert.Equal(before, (target.Effects, target.Core.Dump(target.Now)));
        }
    }

    [Theory]
    [MemberData(nameof(StreamKinds))]
    public void A_stream_that_ends_anywhere_too_early_changes_nothing(string kind)
    {
        foreach (var encrypted in new[] { false, true })
        {
            var target = new FuzzTarget(new Random(1), encrypted);
            var before = (target.Effects, target.Core.Dump(target.Now));
            var whole = target.SealStream(MessageCorpus.Streams[kind]);
            for (var length = 0; length < whole.Length; length++)
            {
                target.TakeStream(whole[..length]);

                Assert.Equal(before, (target.Effects, target.Core.Dump(target.Now)));
                Assert.Equal(length + 1, target.Drops.Values.Sum());
            }

            target.TakeStream(whole);
            Assert.Equal(whole.Length, target.Drops.Values.Sum());
        }
    }
}
