namespace ChittyChat.Membership.Bench.Scale;

/// <summary>
/// The logistic model behind the convergence figures that Serf publishes: after x rounds the part 1 / (1 + (n + 1) e^(-fanout x / 2)) of n members has heard,
/// without loss.
/// </summary>
internal static class EpidemicModel
{
    public static TimeSpan TimeUntil(double part, int members, MembershipOptions options) =>
        options.GossipInterval * (Math.Log((members + 1) * part / (1 - part)) / (0.5 * options.GossipNodes));
}
