using ChittyChat.Membership;

namespace ChittyChat.Simulation;

/// <summary>Sees everything that happens in a run, as it happens.</summary>
internal interface ISimulationObserver
{
    void Started(SimulatedNode node);

    /// <summary>The node is about to take in a datagram, of which the outer layers are removed.</summary>
    void Receiving(SimulatedNode node, ReadOnlySpan<byte> packet);

    void MemberChanged(SimulatedNode node, string name, Member? current);

    void Raised(SimulatedNode node, MemberEvent change);

    /// <summary>The node has done all that one input or timer made it do.</summary>
    void Stepped(SimulatedNode node);
}
