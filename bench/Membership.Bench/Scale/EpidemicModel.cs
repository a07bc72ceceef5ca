namespace ChittyChat.Membership.Bench.Scale;

/// <summary>
/// The logistic model of an epidemic without loss: after x rounds 1 / (1 + (n + 1) e^(-r x)) of n members have heard. Serf publishes its convergence figures with
/// r = fanout / 2; in an ideal epidemic, in which each message meets a member at random, r is the whole fanout.
/// </summary>
internal static class EpidemicModel
{
    public static TimeSpan Published(double part, int members, MembershipOptions options) => TimeUntil(part, members, options, 0.5);

    public static TimeSpan Ideal(double part, int members, MembershipOptions options) => TimeUntil(part, members, options, 1);

    private static TimeSpan TimeUntil(double part, int members, MembershipOptions options, double share) =>
        options.GossipInterval * (Math.Log((members + 1) * part / (1 - part)) / (share * options.GossipNodes));
}
