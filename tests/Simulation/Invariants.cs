using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using ChittyChat.Membership;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Simulation;

/// <summary>
/// What must be true of every node after everything that happens, whatever the network does. Written from the protocol, not
/// from the code: it has its own table of transitions and its own formula of the suspicion time.
/// </summary>
internal sealed class Invariants(SimulatedCluster cluster) : ISimulationObserver
{
    private readonly Dictionary<SimulatedNode, View> _views = [];
    private readonly HashSet<string> _said = [];
    private readonly Dictionary<string, int> _processes = [];

    /// <summary>The names whose process said goodbye.</summary>
    public HashSet<string> Leavers { get; } = [];

    /// <summary>While true, nobody that runs may be suspected: the network is sound.</summary>
    public bool Quiet { get; set; }

    /// <summary>How often something happened that the invariants are about: a run without it proves nothing.</summary>
    public Dictionary<string, int> Seen { get; } = [];

    public void Started(SimulatedNode node)
    {
        var name = SimulatedCluster.NameOf(node.Index);
        _processes[name] = _processes.GetValueOrDefault(name) + 1;
        Leavers.Remove(name);
        _views[node] = new View();
    }

    public void Receiving(SimulatedNode node, ReadOnlySpan<byte> packet)
    {
        foreach (var part in PacketParts.Of(packet))
        {
            var reader = new MsgPackReader(part.AsSpan(1));
            if (part[0] is (byte)MessageType.Suspect or (byte)MessageType.Dead && AccusationMessage.TryRead(ref reader, out var accusation)
                && Encoding.UTF8.GetString(accusation.Node) == SimulatedCluster.NameOf(node.Index) && !node.Core.IsLeaving)
            {
                var view = _views[node];
                view.Accused = Math.Max(view.Accused, accusation.Incarnation);
            }
        }
    }

    public void MemberChanged(SimulatedNode node, string name, Member? current)
    {
        var view = _views[node];
        view.Members.TryGetValue(name, out var before);
        if (current is null)
        {
            Require(before is { IsRunning: false } && name != SimulatedCluster.NameOf(node.Index), node, $"removed {before}");
            view.Members.Remove(name);
            return;
        }

        Require(IsLegal(before, current, isSelf: name == SimulatedCluster.NameOf(node.Index)), node, $"changed {before?.ToString() ?? "nobody"} to {current}");
        view.Members[name] = current;
        if (current.State != MemberState.Suspect)
        {
            view.Ended.Remove(name);
            if (view.Suspicions.Remove(name, out var suspicion))
            {
                view.Ended[name] = suspicion;
            }
        }
    }

    public void Raised(SimulatedNode node, MemberEvent change)
    {
        var view = _views[node];
        var name = change.Member.Name;
        Seen[change.Kind.ToString()] = Seen.GetValueOrDefault(change.Kind.ToString()) + 1;
        switch (change.Kind)
        {
            case MemberEventKind.Suspected:
                Require(!Quiet || !Runs(change.Member), node, $"suspected {change.Member}, which runs, on a sound network");
                view.Suspicions[name] = (cluster.Now, view.Members.Count);
                break;
            case MemberEventKind.Failed when change.Reason == MemberEventReason.SuspicionTimeout:
                Require(view.Ended.Remove(name, out var suspicion), node, $"declared {change.Member} dead without having suspected it");
                Require(
                    cluster.Now - suspicion.Since >= LeastSuspicion(suspicion.Members),
                    node,
                    $"declared {change.Member} dead {cluster.Now - suspicion.Since} after suspecting it; it had {LeastSuspicion(suspicion.Members)} to refute");
                _said.Add($"{name} {change.Member.Incarnation}");
                break;
            case MemberEventKind.Failed:
                Require(_said.Contains($"{name} {change.Member.Incarnation}"), node, $"was told by {change.From} that {change.Member} is dead, which nobody found out by a suspicion");
                break;
            case MemberEventKind.Left:
                Require(Leavers.Contains(name) || _processes[name] > 1, node, $"saw {change.Member} leave, which it did not");
                break;
        }
    }

    public void Stepped(SimulatedNode node)
    {
        var view = _views[node];
        var core = node.Core;
        var running = 0;
        foreach (var member in core.Members)
        {
            running += member.IsRunning ? 1 : 0;
            Require(view.Members.TryGetValue(member.Name, out var published) && ReferenceEquals(published, member), node, $"holds {member}, but published {published}");
            // What a process that was never started again says about itself is the latest there is.
            Require(
                _processes[member.Name] > 1 || cluster.Node(SimulatedCluster.IndexOf(member.Address)) is not { } process || member.Incarnation <= process.Core.Self.Incarnation,
                node,
                $"knows {member}, which is ahead of the member itself");
            Require((member.State == MemberState.Suspect) == view.Suspicions.ContainsKey(member.Name), node, $"holds {member} without having said that it is suspected");
        }

        Require(running == core.RunningMembers && core.KnownMembers == view.Members.Count, node, $"counts {core.RunningMembers} of {core.KnownMembers} as running, but {running} of {view.Members.Count} are");
        Require(core.Self.State == (core.IsLeaving ? MemberState.Left : MemberState.Alive), node, $"believes itself to be {core.Self}");
        Require(
            core.IsLeaving || core.Self.Incarnation.Value > view.Accused, node, $"was accused in incarnation {view.Accused}, and did not refute it: {core.Self}");
        Require(core.QueuedBroadcasts <= cluster.Count, node, $"has {core.QueuedBroadcasts} messages about {cluster.Count} members in its queue");
        Require(core.QueuedBroadcastsToAll <= cluster.Options.UserBroadcastLimit, node, $"has too many broadcasts in its queue");
        Require(core.QueuedUserBroadcasts <= cluster.Options.UserBroadcastLimit * Membership.Core.MembershipCore.UserPriorities, node, $"has too many user messages in its queue");
        // One probe at a time, and relayed ones of all the others.
        Require(core.AwaitedAnswers <= 8 * cluster.Count, node, $"awaits {core.AwaitedAnswers} answers");
        Require(core.SetTimers <= 40 * cluster.Count, node, $"has {core.SetTimers} timers");
        Require(core.HealthScore >= 0 && core.HealthScore < cluster.Options.AwarenessMaxMultiplier, node, $"has the health {core.HealthScore}");
    }

    /// <summary>What is not yet as it is in the end, when the network is sound: all that run know each other as they are, and nobody else as running. Null: nothing.</summary>
    public string? Unconverged()
    {
        foreach (var node in cluster.Running)
        {
            foreach (var other in cluster.Running)
            {
                var known = node.Core.Find(other.Core.Self.Name);
                if (known is null || !known.Equals(other.Core.Self))
                {
                    return $"n{node.Index} knows {known?.ToString() ?? "nothing"} of {other.Core.Self}";
                }
            }

            foreach (var member in node.Core.Members)
            {
                if (member.IsRunning && !Runs(member))
                {
                    return $"n{node.Index} believes in {member}";
                }
            }
        }

        return null;
    }

    private bool Runs(Member member) => cluster.Node(SimulatedCluster.IndexOf(member.Address)) is { } process && process.Address.Equals(member.Address);

    // The table of transitions. Only a later incarnation brings anybody back, unless it is another process at another address,
    // which those that are not running have to make room for.
    private static bool IsLegal(Member? before, Member after, bool isSelf)
    {
        if (before is null)
        {
            return after.State == MemberState.Alive;
        }

        if (isSelf)
        {
            return after.Incarnation >= before.Incarnation && before.State == MemberState.Alive && after.State is MemberState.Alive or MemberState.Left;
        }

        if (after.State == MemberState.Alive)
        {
            return after.Address.Equals(before.Address) ? after.Incarnation > before.Incarnation : !before.IsRunning;
        }

        return after.Address.Equals(before.Address) && after.Incarnation >= before.Incarnation && before.IsRunning
            && (after.State != MemberState.Suspect || before.State == MemberState.Alive);
    }

    // SuspicionMult x max(1, log10 n) x ProbeInterval, the logarithm to three decimals; a confirmed suspicion lasts no less.
    private TimeSpan LeastSuspicion(int members) => TimeSpan.FromMilliseconds(
        Math.Floor(Math.Max(1, Math.Log10(members)) * 1000) / 1000 * cluster.Options.SuspicionMultiplier * cluster.Options.ProbeInterval.TotalMilliseconds);

    private void Require(bool holds, SimulatedNode node, [InterpolatedStringHandlerArgument(nameof(holds))] ref ViolationText what)
    {
        if (!holds)
        {
            throw new InvariantViolationException($"At {cluster.Now}, n{node.Index} {what.ToString()}.");
        }
    }

    private sealed class View
    {
        public Dictionary<string, Member> Members { get; } = [];

        public Dictionary<string, (TimeSpan Since, int Members)> Suspicions { get; } = [];

        /// <summary>The latest incarnation in which this node was told that it is suspect or dead.</summary>
        public uint Accused { get; set; }

        /// <summary>Suspicions that the latest change of their member ended.</summary>
        public Dictionary<string, (TimeSpan Since, int Members)> Ended { get; } = [];
    }
}

/// <summary>The text of a violation, which is put together only if there is one.</summary>
[InterpolatedStringHandler]
internal readonly ref struct ViolationText
{
    private readonly StringBuilder? _text;

    public ViolationText(int literalLength, int formattedCount, bool holds, out bool isNeeded)
    {
        isNeeded = !holds;
        _text = holds ? null : new StringBuilder(literalLength + (16 * formattedCount));
    }

    public void AppendLiteral(string text) => _text!.Append(text);

    public void AppendFormatted<T>(T value) => _text!.Append(CultureInfo.InvariantCulture, $"{value}");

    public override string ToString() => _text?.ToString() ?? "";
}

/// <summary>A run did what the protocol does not allow.</summary>
public sealed class InvariantViolationException(string message) : Exception(message);
