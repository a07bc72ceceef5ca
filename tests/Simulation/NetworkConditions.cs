namespace ChittyChat.Simulation;

/// <summary>What the simulated network does to traffic at present. Change it at any time of a run.</summary>
public sealed class NetworkConditions
{
    private readonly List<(HashSet<int> From, HashSet<int> To)> _blocks = [];

    /// <value>The least time from one node to another. Default: 0.2 ms.</value>
    public TimeSpan MinLatency { get; set; } = TimeSpan.FromMicroseconds(200);

    /// <value>The usual longest time from one node to another; in between all times are equally likely. Default: 1 ms.</value>
    public TimeSpan MaxLatency { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <value>The part of all datagrams that is lost, 0 to 1. On a stream a loss costs time instead. Default: 0.</value>
    public double Loss { get; set; }

    /// <value>The part of all datagrams that arrives twice, at independent times, 0 to 1. Default: 0.</value>
    public double Duplication { get; set; }

    /// <value>The part of all datagrams that is <see cref="Delay"/> late, so that later ones overtake it, 0 to 1. Default: 0.</value>
    public double Delayed { get; set; }

    /// <value>How late a delayed datagram is. Default: zero.</value>
    public TimeSpan Delay { get; set; }

    /// <summary>Cuts the way from some nodes to others, in this direction only.</summary>
    public void Block(IEnumerable<int> from, IEnumerable<int> to) => _blocks.Add(([.. from], [.. to]));

    /// <summary>Opens all ways again.</summary>
    public void Unblock() => _blocks.Clear();

    /// <summary>Back to a fast and reliable network.</summary>
    public void Heal()
    {
        Unblock();
        (Loss, Duplication, Delayed) = (0, 0, 0);
        (MinLatency, MaxLatency) = (TimeSpan.FromMicroseconds(200), TimeSpan.FromMilliseconds(1));
    }

    /// <summary>Whether nothing gets from one node to the other.</summary>
    public bool IsBlocked(int from, int to)
    {
        foreach (var block in _blocks)
        {
            if (block.From.Contains(from) && block.To.Contains(to))
            {
                return true;
            }
        }

        return false;
    }

    internal TimeSpan DrawLatency(Random random)
    {
        var latency = MinLatency + ((MaxLatency - MinLatency) * random.NextDouble());
        return Delayed > 0 && random.NextDouble() < Delayed ? latency + Delay : latency;
    }
}
