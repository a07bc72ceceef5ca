using System.Globalization;

namespace ChittyChat.Peer.Faults;

/// <summary>Which way traffic goes, as this peer sees it.</summary>
[Flags]
internal enum FaultDirections
{
    None = 0,

    /// <summary>From this peer to the other.</summary>
    Out = 1,

    /// <summary>From the other peer to this one.</summary>
    In = 2,

    Both = Out | In,
}

/// <summary>What is wrong with the network between this peer and another.</summary>
internal sealed record LinkFaults
{
    /// <summary>Nothing is wrong.</summary>
    public static LinkFaults None { get; } = new();

    /// <value>The directions in which nothing passes. Default: none.</value>
    public FaultDirections Cut { get; init; }

    /// <value>How much longer everything takes, each way. Default: zero.</value>
    public TimeSpan Delay { get; init; }

    /// <value>How far the delay may be off, up or down, each time. Default: zero.</value>
    public TimeSpan Jitter { get; init; }

    /// <value>The part of everything that is lost, 0 to 1, each way. Default: 0.</value>
    public double Loss { get; init; }

    /// <summary>What is in force with a member that has its own faults, given those that everybody has: a member's own delay and loss outweigh the general ones.</summary>
    public LinkFaults Over(LinkFaults everybody) => this with
    {
        Cut = Cut | everybody.Cut,
        Delay = Delay > TimeSpan.Zero ? Delay : everybody.Delay,
        Jitter = Delay > TimeSpan.Zero ? Jitter : everybody.Jitter,
        Loss = Loss > 0 ? Loss : everybody.Loss,
    };

    /// <summary>Such as <c>cut (out), delay 100 ms ± 20 ms, loss 5 %</c>.</summary>
    public override string ToString()
    {
        List<string> parts = [];
        if (Cut != FaultDirections.None)
        {
            parts.Add(Cut == FaultDirections.Both ? "cut" : $"cut ({(Cut == FaultDirections.Out ? "out" : "in")})");
        }

        if (Delay > TimeSpan.Zero)
        {
            parts.Add(string.Create(
                CultureInfo.InvariantCulture, $"delay {Delay.TotalMilliseconds:0.###} ms{(Jitter > TimeSpan.Zero ? $" ± {Jitter.TotalMilliseconds:0.###} ms" : "")}"));
        }

        if (Loss > 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"loss {Loss * 100:0.###} %"));
        }

        return parts.Count == 0 ? "none" : string.Join(", ", parts);
    }
}
