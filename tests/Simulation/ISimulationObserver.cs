using ChittyChat.Membership;

namespace ChittyChat.Simulation;

/// <summary>Sees everything that happens in a run, as it happens.</summary>
internal interface ISimulationObserver
{
    void Started(SimulatedNode node);

    void MemberChanged(SimulatedNode node, string name, Member? current);

    void Raised(SimulatedNode node, MemberEvent change);

    /// <summary>The node has done all that one input or timer made it do.</summary>
    void Stepped(SimulatedNode node);
}
