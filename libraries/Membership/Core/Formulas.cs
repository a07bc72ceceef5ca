namespace ChittyChat.Membership.Core;

/// <summary>memberlist's formulas, as pure functions.</summary>
internal static class Formulas
{
    /// <summary>The least time a suspicion lasts in a cluster of <paramref name="nodes"/> known members.</summary>
    public static TimeSpan SuspicionMin(int multiplier, int nodes, TimeSpan probeInterval)
    {
        // Go multiplies the factor by 1000 and cuts it off, to calculate in whole nanoseconds.
        var scale = (long)(Math.Max(1.0, Math.Log10(Math.Max(1.0, nodes))) * 1000);
        return multiplier * scale * probeInterval / 1000;
    }

    /// <summary>How many others have to confirm a suspicion before its time is down to the least; 0 when there are too few of them.</summary>
    public static int ConfirmationsWanted(int multiplier, int nodes)
    {
        var wanted = multiplier - 2;
        return nodes - 2 < wanted ? 0 : Math.Max(0, wanted);
    }

    /// <summary>How long a suspicion lasts from its beginning, after some confirmations (Lifeguard, section IV-B).</summary>
    public static TimeSpan SuspicionTimeout(int confirmations, int wanted, TimeSpan min, TimeSpan max)
    {
        if (wanted < 1)
        {
            return min;
        }

        var fraction = Math.Log(confirmations + 1.0) / Math.Log(wanted + 1.0);
        var seconds = max.TotalSeconds - (fraction * (max.TotalSeconds - min.TotalSeconds));
        var timeout = TimeSpan.FromMilliseconds(Math.Floor(1000.0 * seconds));
        return timeout < min ? min : timeout;
    }

    /// <summary>How often a message is gossiped before it is taken off the queue.</summary>
    public static int RetransmitLimit(int multiplier, int nodes) => multiplier * (int)Math.Ceiling(Math.Log10(nodes + 1));

    /// <summary>The time between two push/pulls grows with the cluster, beyond 32 members.</summary>
    public static TimeSpan PushPullInterval(TimeSpan interval, int nodes) =>
        nodes <= 32 ? interval : interval * ((int)Math.Ceiling(Math.Log2(nodes) - Math.Log2(32)) + 1);
}
