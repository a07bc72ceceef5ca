using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Core;

// What others say about members, and what becomes of it: the state table of memberlist. Higher incarnations win; at equal ones
// dead wins over suspect and suspect over alive; about itself only the node decides.
internal sealed partial class MembershipCore
{
    // Nobody has come this far honestly. The answer to a later accusation would have the highest number of all, or none, and
    // that of the highest one nobody could answer in turn.
    private const uint LastAnswerable = uint.MaxValue - 2;

    private static readonly TimeSpan ConflictReportInterval = TimeSpan.FromSeconds(30);

    // When a conflict over a name was last reported: others repeat themselves.
    private readonly Dictionary<string, TimeSpan> _conflicts = new(StringComparer.Ordinal);
    private int _running;

    /// <summary>Announces other metadata; the token is completed when the announcement was sent as often as it is to be.</summary>
    public void UpdateMetadata(ReadOnlyMemory<byte> metadata, object token, TimeSpan now)
    {
        Set(now);
        if (_leaving)
        {
            _output.Complete(token);
            return;
        }

        if (Self.Incarnation.Value > LastAnswerable)
        {
            throw new MembershipException($"{Self.Name} has used up its incarnations: somebody forged accusations of it. Start it under another name.");
        }

        Publish(_self, _self.Member with { Metadata = metadata, Incarnation = Self.Incarnation.Next() });
        _output.Raise(new MemberEvent(MemberEventKind.Updated, Self));
        Announce(AliveOf(Self), token);
    }

    /// <summary>Says goodbye; the token is completed when the goodbye was sent as often as it is to be.</summary>
    public void Leave(object token, TimeSpan now)
    {
        Set(now);
        if (_leaving)
        {
            _output.Complete(token);
            return;
        }

        _leaving = true;
        ChangeState(_self, MemberState.Left, Self.Incarnation);
        _output.Raise(new MemberEvent(MemberEventKind.Left, Self));
        Announce(Accusation(MessageType.Dead, Self.Incarnation, Self.Name, Self.Name), token);
    }

    /// <summary>Takes over from an earlier process of this name that was known with this incarnation.</summary>
    public void Succeed(Incarnation previous, TimeSpan now)
    {
        Set(now);
        if (previous >= Self.Incarnation && previous.Value <= LastAnswerable)
        {
            Publish(_self, Self with { Incarnation = previous.Next() });
            Enqueue(Self);
        }
    }

    /// <summary>Tells all running members, each directly, that the predecessor is gone, so that they give its name free.</summary>
    public void AnnounceDeparture(Incarnation predecessor, TimeSpan now)
    {
        Set(now);
        var goodbye = Accusation(MessageType.Dead, predecessor, Self.Name, Self.Name);
        foreach (var node in _ring)
        {
            if (node != _self && node.Member.IsRunning)
            {
                _output.SendPacket(goodbye, node.Member.Address, HasChecksums(node.Member));
            }
        }
    }

    /// <summary>
    /// Puts members into the table as if they had been there for long: nobody is told, nothing is gossiped. For simulations that begin
    /// with a formed cluster; this node itself is left out.
    /// </summary>
    public void Preload(IReadOnlyList<Member> members)
    {
        _nodes.EnsureCapacity(members.Count);
        _ring.Capacity = Math.Max(_ring.Capacity, members.Count);
        foreach (var member in members)
        {
            if (member.Name != Self.Name)
            {
                var node = new Node(member, _now);
                _nodes.Add(member.Name, node);
                _ring.Add(node);
                AddToArrivals(node);
                _running++;
            }
        }

        _introduced = true;
        _random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ring));
        _broadcasts.Clear();
        _timers.Clear();
        _gossipScheduled = false;
        StartTimers();
    }

    private void HandleAlive(in AliveMessage alive)
    {
        if (!TryReadMember(alive, out var announced))
        {
            return;
        }

        if (!_nodes.TryGetValue(announced.Name, out var node))
        {
            Insert(announced);
            return;
        }

        if (node == _self)
        {
            HandleAliveSelf(announced);
            return;
        }

        var moved = !HasAddressOf(node.Member, announced);
        if (moved && !MayMove(node))
        {
            ReportConflict(node, announced);
            return;
        }

        if (announced.Incarnation <= node.Member.Incarnation && !moved)
        {
            return;
        }

        var refusal = _hooks.RefuseMember(announced);
        if (refusal is not null)
        {
            _output.Refused(announced.Name, refusal);
            _output.Dropped(DropReason.Refused);
            return;
        }

        AcceptAlive(node, announced, moved);
    }

    private void AcceptAlive(Node node, Member announced, bool moved)
    {
        var before = node.Member;
        node.Suspicion = null;
        _conflicts.Remove(announced.Name);
        if (before.State != MemberState.Alive)
        {
            node.StateChanged = _now;
            _running += before.IsRunning ? 0 : 1;
        }

        if (moved)
        {
            node.Predecessor = announced.Incarnation > before.Incarnation ? default : before.Incarnation;
            node.PredecessorForgotten = _now + _options.GossipToTheDeadTime;
        }

        Publish(node, announced);
        Enqueue(announced);
        _lost.Remove(announced.Name);
        if (!before.IsRunning)
        {
            _output.Raise(new MemberEvent(MemberEventKind.Joined, announced));
            return;
        }

        if (before.State == MemberState.Suspect)
        {
            _output.Raise(new MemberEvent(MemberEventKind.Refuted, announced));
        }

        if (moved || !before.Metadata.Span.SequenceEqual(announced.Metadata.Span))
        {
            _output.Raise(new MemberEvent(MemberEventKind.Updated, announced));
        }
    }

    private void Insert(Member announced)
    {
        var refusal = _nodes.Count >= _options.MaxMembers
            ? $"the table has its {_options.MaxMembers} members"
            : _hooks.RefuseMember(announced);
        if (refusal is not null)
        {
            _output.Refused(announced.Name, refusal);
            _output.Dropped(_nodes.Count >= _options.MaxMembers ? DropReason.TableFull : DropReason.Refused);
            return;
        }

        var node = new Node(announced, _now);
        _nodes.Add(announced.Name, node);
        AddToArrivals(node);
        // A random place in the order of probes bounds the time until the first one.
        _ring.Add(node);
        var place = _random.Next(_ring.Count);
        (_ring[place], _ring[^1]) = (_ring[^1], _ring[place]);
        _running++;
        _introduced = true;
        _lost.Remove(announced.Name);
        _output.MemberChanged(announced.Name, announced);
        if (!_isNewcomer)
        {
            Enqueue(announced);
        }

        _output.Raise(new MemberEvent(MemberEventKind.Joined, announced));
    }

    private void HandleAliveSelf(Member announced)
    {
        if (_leaving || announced.Incarnation < Self.Incarnation)
        {
            return;
        }

        if (!HasAddressOf(Self, announced))
        {
            ReportConflict(_self, announced);
            return;
        }

        var identical = announced.Versions == Self.Versions && announced.Metadata.Span.SequenceEqual(Self.Metadata.Span);
        if (announced.Incarnation > Self.Incarnation || !identical)
        {
            Refute(announced.Incarnation, MemberEventReason.AlteredRecord, null);
        }
    }

    private void HandleSuspect(in AccusationMessage message)
    {
        if (!TryReadAccusation(message, out var node, out var from))
        {
            return;
        }

        Suspect(node, new Incarnation(message.Incarnation), from, from == Self.Name ? MemberEventReason.ProbeFailed : MemberEventReason.Reported);
    }

    private void Suspect(Node node, Incarnation incarnation, string from, MemberEventReason reason)
    {
        if (incarnation < node.Member.Incarnation || IsAboutPredecessor(node, incarnation, reason))
        {
            return;
        }

        if (node == _self)
        {
            if (!_leaving)
            {
                Refute(incarnation, MemberEventReason.Suspected, from);
            }

            return;
        }

        if (node.Suspicion is { } running)
        {
            if (running.Confirm(from))
            {
                Enqueue(node.Member.Name, Accusation(MessageType.Suspect, incarnation, node.Member.Name, from));
                _timers.Set(running.Due, new TimerEntry(TimerKind.Suspicion, (uint)running.Confirmations, running));
            }

            return;
        }

        if (node.Member.State != MemberState.Alive)
        {
            return;
        }

        Enqueue(node.Member.Name, Accusation(MessageType.Suspect, incarnation, node.Member.Name, from));
        ChangeState(node, MemberState.Suspect, incarnation);
        var min = Formulas.SuspicionMin(_options.SuspicionMultiplier, _nodes.Count, _options.ProbeInterval);
        var wanted = Formulas.ConfirmationsWanted(_options.SuspicionMultiplier, _nodes.Count);
        node.Suspicion = new Suspicion(node, from, wanted, min, min * _options.SuspicionMaxTimeoutMultiplier, _now);
        _timers.Set(node.Suspicion.Due, new TimerEntry(TimerKind.Suspicion, 0, node.Suspicion));
        _output.Raise(new MemberEvent(MemberEventKind.Suspected, node.Member, reason, from));
    }

    private void SuspicionTimedOut(Node node)
    {
        if (!node.Suspicion!.IsConfirmed)
        {
            _output.Degraded(Degradation.UnconfirmedTimeout);
        }

        Bury(node, node.Member.Incarnation, Self.Name, MemberEventReason.SuspicionTimeout);
    }

    private void HandleDead(in AccusationMessage message)
    {
        if (TryReadAccusation(message, out var node, out var from))
        {
            Bury(node, new Incarnation(message.Incarnation), from, MemberEventReason.Reported);
        }
    }

    private void Bury(Node node, Incarnation incarnation, string from, MemberEventReason reason)
    {
        if (incarnation < node.Member.Incarnation || !node.Member.IsRunning || IsAboutPredecessor(node, incarnation, reason))
        {
            return;
        }

        if (node == _self)
        {
            Refute(incarnation, MemberEventReason.DeclaredDead, from);
            return;
        }

        node.Suspicion = null;
        var goodbye = from == node.Member.Name;
        Enqueue(node.Member.Name, Accusation(MessageType.Dead, incarnation, node.Member.Name, from));
        ChangeState(node, goodbye ? MemberState.Left : MemberState.Dead, incarnation);
        if (goodbye)
        {
            _output.Raise(new MemberEvent(MemberEventKind.Left, node.Member));
        }
        else
        {
            RememberLost(node.Member);
            _output.Raise(new MemberEvent(MemberEventKind.Failed, node.Member, reason, from));
        }
    }

    // Only this node raises its incarnation, so an accusation of a later one is about an earlier process of the same name.
    private void Refute(Incarnation accused, MemberEventReason reason, string? from)
    {
        if (accused.Value > LastAnswerable)
        {
            _output.Dropped(DropReason.InvalidMember);
            return;
        }

        if (accused > Self.Incarnation || !_introduced)
        {
            reason = MemberEventReason.PreviousLife;
        }
        else
        {
            ChangeHealth(1);
        }

        Publish(_self, Self with { Incarnation = (accused > Self.Incarnation ? accused : Self.Incarnation).Next() });
        Enqueue(Self);
        _output.Raise(new MemberEvent(MemberEventKind.Refuted, Self, reason, from));
    }

    // A member that moved can have a lower incarnation than the process before it, whose death others still speak of. It goes past that
    // number as soon as it hears of it; until then only what this node finds out itself counts.
    private bool IsAboutPredecessor(Node node, Incarnation accused, MemberEventReason reason) =>
        reason == MemberEventReason.Reported && accused <= node.Predecessor && _now < node.PredecessorForgotten;

    private bool MayMove(Node node) => node.Member.State switch
    {
        MemberState.Left => true,
        MemberState.Dead => _options.DeadNodeReclaimTime >= TimeSpan.Zero && _now - node.StateChanged >= _options.DeadNodeReclaimTime,
        _ => false,
    };

    private void ReportConflict(Node node, Member claimant)
    {
        if (!_conflicts.TryGetValue(node.Member.Name, out var reported) || _now - reported >= ConflictReportInterval)
        {
            _conflicts[node.Member.Name] = _now;
            _output.Raise(new MemberEvent(MemberEventKind.Conflict, node.Member, MemberEventReason.None, claimant.Address.ToString()));
        }
    }

    private void ChangeState(Node node, MemberState state, Incarnation incarnation)
    {
        _running += (state is MemberState.Alive or MemberState.Suspect ? 1 : 0) - (node.Member.IsRunning ? 1 : 0);
        node.StateChanged = _now;
        Publish(node, node.Member with { State = state, Incarnation = incarnation });
    }

    private void Publish(Node node, Member member)
    {
        node.Member = member;
        _output.MemberChanged(member.Name, member);
    }

    // Done at the end of each round of probes, as memberlist does.
    private void Reap()
    {
        var reaped = _ring.FindAll(n => n != _self && !n.Member.IsRunning && _now - n.StateChanged > _options.GossipToTheDeadTime);
        if (reaped.Count == 0)
        {
            return;
        }

        foreach (var node in reaped)
        {
            _nodes.Remove(node.Member.Name);
            _conflicts.Remove(node.Member.Name);
            _output.MemberChanged(node.Member.Name, null);
            _output.Raise(new MemberEvent(MemberEventKind.Reaped, node.Member));
        }

        _ring.RemoveAll(IsReaped);
        _arrivals.RemoveAll(IsReaped);

        bool IsReaped(Node node) => !_nodes.TryGetValue(node.Member.Name, out var known) || known != node;
    }

    private bool TryReadMember(in AliveMessage alive, out Member member)
    {
        member = null!;
        if (alive.Versions.Length < 6 || !VersionsOf(alive.Versions).IsCompatibleWith(_options.Versions))
        {
            // One such record that is passed on makes every later push/pull of healthy members fail.
            _output.Dropped(DropReason.IncompatibleVersion);
            return false;
        }

        if (alive.Address.Length is not (4 or 16) || alive.Metadata.Length > MembershipOptions.MaxMetadataLength
            || alive.Incarnation == uint.MaxValue || !TryReadName(alive.Node, out var name))
        {
            _output.Dropped(DropReason.InvalidMember);
            return false;
        }

        var port = alive.Port == 0 ? (ushort)Self.Address.Port : alive.Port;
        // The record is usually one that is known already: then its parts are shared.
        member = _nodes.TryGetValue(name, out var known) && known.Member.AddressBytes.Span.SequenceEqual(alive.Address) && known.Member.Address.Port == port
            ? known.Member with { State = MemberState.Alive, Incarnation = new Incarnation(alive.Incarnation), Versions = VersionsOf(alive.Versions) }
            : new Member(name, ToEndPoint(alive.Address, port), default, MemberState.Alive, new Incarnation(alive.Incarnation), VersionsOf(alive.Versions))
            {
                AddressBytes = alive.Address.ToArray(),
            };
        if (!member.Metadata.Span.SequenceEqual(alive.Metadata))
        {
            member = member with { Metadata = alive.Metadata.ToArray() };
        }

        return true;
    }

    private bool TryReadAccusation(in AccusationMessage message, out Node node, out string from)
    {
        node = null!;
        from = "";
        if (message.Incarnation > LastAnswerable || !TryReadName(message.Node, out var name)
            || (!message.From.IsEmpty && !TryReadName(message.From, out from)))
        {
            _output.Dropped(DropReason.InvalidMember);
            return false;
        }

        return _nodes.TryGetValue(name, out node!);
    }

    // A known name is not made anew: most messages are about known members.
    private bool TryReadName(ReadOnlySpan<byte> utf8, out string name)
    {
        name = "";
        Span<char> chars = stackalloc char[MembershipOptions.MaxNameLength];
        if (utf8.IsEmpty || System.Text.Unicode.Utf8.ToUtf16(utf8, chars, out _, out var count, replaceInvalidSequences: false) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        name = _nodesByChars.TryGetValue(chars[..count], out var node) ? node.Member.Name : new string(chars[..count]);
        return true;
    }

    private static ProtocolVersions VersionsOf(ReadOnlySpan<byte> bytes) => new(bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]);

    private static bool HasAddressOf(Member one, Member other) =>
        one.Address.Port == other.Address.Port && one.AddressBytes.Span.SequenceEqual(other.AddressBytes.Span);
}
