using System.Net;
using ChittyChat.Membership;

namespace ChittyChat.Simulation;

internal enum StreamStage : byte
{
    /// <summary>The dialler writes its request.</summary>
    Dial,

    /// <summary>The request is at the listener.</summary>
    Serve,

    /// <summary>The answer is at the dialler.</summary>
    Answer,
}

/// <summary>One request over a stream and its answer: a push/pull or a ping.</summary>
internal sealed class StreamStep(SimulatedNode dialler, IPEndPoint listener)
{
    public SimulatedNode Dialler => dialler;

    public int Listener { get; } = SimulatedCluster.IndexOf(listener);

    public ushort ListenerPort => (ushort)listener.Port;

    public StreamStage Stage { get; set; }

    /// <summary>Whom a ping is for; null: a push/pull.</summary>
    public Member? PingTarget { get; init; }

    /// <summary>The number of the probe that the ping belongs to.</summary>
    public uint Probe { get; init; }

    public bool Join { get; init; }

    public TimeSpan Deadline { get; init; }

    /// <summary>What travels in this stage.</summary>
    public ReadOnlyMemory<byte> Bytes { get; set; }
}
