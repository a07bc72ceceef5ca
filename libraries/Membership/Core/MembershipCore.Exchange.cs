using System.Net;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Core;

// The exchange of full state over streams: push/pull, join, and finding lost members again.
internal sealed partial class MembershipCore
{
    // How many lost members are remembered, and how many attempts all running members make together for each, per interval.
    private const int LostLimit = 1024;
    private const int SeedLimit = 256;
    private const double AttemptsPerLost = 3;

    private readonly Dictionary<string, (Member Member, TimeSpan Since)> _lost = new(StringComparer.Ordinal);
    private readonly List<IPEndPoint> _seeds = [];
    private bool _isNewcomer;

    /// <summary>Everywhere that this node may turn to by itself: the members it lists, those it lost, and its join addresses.</summary>
    public IEnumerable<IPEndPoint> Contacts => _ring.Select(n => n.Member.Address).Concat(_lost.Values.Select(l => l.Member.Address)).Concat(_seeds);

    /// <summary>Remembers an address that this node joined through, to get back together over it; of very many the latest.</summary>
    public void RememberSeed(IPEndPoint seed)
    {
        _seeds.Remove(seed);
        _seeds.Add(seed);
        if (_seeds.Count > SeedLimit)
        {
            _seeds.RemoveAt(0);
        }
    }

    /// <summary>All that this node knows, as a push/pull message with its type byte.</summary>
    /// <param name="join">Whether it is part of a join.</param>
    /// <param name="predecessor">
    /// An earlier process of this node's name, to be listed as departed in front of everything else, so that the receiver gives the name free; or null.
    /// </param>
    /// <param name="now">The time.</param>
    public byte[] WriteState(bool join, Member? predecessor, TimeSpan now)
    {
        Set(now);
        var userState = _hooks.GetUserState(join).Span;
        var writer = new ByteWriter(256 + (_nodes.Count * 160) + userState.Length);
        writer.WritePushPullHeader(join, _nodes.Count + (predecessor is null ? 0 : 1), userState.Length);
        if (predecessor is not null)
        {
            writer.WriteMember(predecessor with { State = MemberState.Left });
        }

        // The sender first: see ITransport.Serves.
        writer.WriteMember(_self.Member);
        foreach (var node in _ring)
        {
            if (node != _self)
            {
                writer.WriteMember(node.Member);
            }
        }

        writer.Write(userState);
        return writer.ToArray();
    }

    /// <summary>Whom another node's state lists under this node's name at another address and not departed; null when nobody.</summary>
    public Member? FindNamesake(StreamMessage state)
    {
        foreach (var record in state.Members)
        {
            if (record.Node.SequenceEqual(_nameUtf8) && record.State != MemberState.Left && record.Address.Length is 4 or 16 && record.Versions.Length >= 6)
            {
                var address = ToEndPoint(record.Address, record.Port);
                var namesake = new Member(Self.Name, address, record.Metadata.ToArray(), record.State, new Incarnation(record.Incarnation), VersionsOf(record.Versions))
                {
                    AddressBytes = record.Address.ToArray(),
                };
                if (!HasAddressOf(Self, namesake))
                {
                    return namesake;
                }
            }
        }

        return null;
    }

    /// <summary>Takes in what another node knows; gives the reason if the application refuses, else null.</summary>
    /// <remarks>Foreign deaths are not believed outright: who is said to be dead is suspected, and can refute.</remarks>
    /// <param name="state">What the other node sent.</param>
    /// <param name="isAnswer">Whether it answers this node's own state; else the other node began, and its state is answered.</param>
    /// <param name="now">The time.</param>
    public string? MergeState(StreamMessage state, bool isAnswer, TimeSpan now)
    {
        Set(now);
        var join = state.IsJoin;
        if (join && (IncompatibilityOf(state) ?? RefusalOf(state)) is { } refusal)
        {
            return refusal;
        }

        // What a newcomer learns from the first member it meets, all others know: memberlist's newcomers gossip the whole table back.
        // Not so whoever joins through this node: if the state that this one sent off is still under way, the new one is not in it.
        _isNewcomer = join && isAnswer && _ring.Count == 1;
        foreach (var record in state.Members)
        {
            MergeRecord(record);
        }

        _isNewcomer = false;
        if (!state.Tail.IsEmpty)
        {
            _hooks.MergeUserState(state.Tail, join);
        }

        return null;
    }

    private void MergeRecord(in AliveMessage record)
    {
        if (record.State == MemberState.Alive)
        {
            HandleAlive(record);
            return;
        }

        if (record.Incarnation > LastAnswerable || !TryReadName(record.Node, out var name) || !_nodes.TryGetValue(name, out var node))
        {
            return;
        }

        var incarnation = new Incarnation(record.Incarnation);
        if (node == _self && record.State is MemberState.Dead or MemberState.Left)
        {
            Bury(node, incarnation, "", MemberEventReason.Reported);
        }
        else if (record.State == MemberState.Left)
        {
            Bury(node, incarnation, name, MemberEventReason.Reported);
        }
        else
        {
            Suspect(node, incarnation, Self.Name, MemberEventReason.Reported);
        }
    }

    // One member that does not fit is left out; where none does, nothing would be joined.
    private string? IncompatibilityOf(StreamMessage state)
    {
        ProtocolVersions? theirs = null;
        foreach (var record in state.Members)
        {
            if (record.State == MemberState.Alive && record.Versions.Length >= 6 && !record.Node.SequenceEqual(_nameUtf8))
            {
                var versions = VersionsOf(record.Versions);
                if (versions.IsCompatibleWith(_options.Versions))
                {
                    return null;
                }

                theirs ??= versions;
            }
        }

        return theirs is null ? null : $"its members announce the versions {theirs}, which do not fit {_options.Versions} of this node";
    }

    private string? RefusalOf(StreamMessage state)
    {
        if (_options.Hooks is null)
        {
            return null;
        }

        var members = new List<Member>();
        foreach (var record in state.Members)
        {
            if (record.State == MemberState.Alive && TryReadMember(record, out var member))
            {
                members.Add(member);
            }
        }

        return _hooks.RefuseMerge(members);
    }

    private void PushPullTick()
    {
        _timers.Set(_now + Formulas.PushPullInterval(_options.PushPullInterval, _nodes.Count), new TimerEntry(TimerKind.PushPull));
        PickRandom(1, n => n.Member.State == MemberState.Alive);
        if (_picked.Count > 0)
        {
            _output.ExchangeState(_picked[0].Member.Address, _picked[0].Member.Name, join: false);
        }
    }

    private void RememberLost(Member member)
    {
        if (_lost.Count >= LostLimit)
        {
            _lost.Remove(_lost.MinBy(l => l.Value.Since).Key);
        }

        _lost[member.Name] = (member, _now);
    }

    // memberlist forgets dead members, so partitions stay apart for ever; Serf retries failed ones. Here the join addresses are
    // retried as well. All running members together make a few attempts per interval, however many they are.
    private void RejoinTick()
    {
        _timers.Set(_now + _options.RejoinInterval, new TimerEntry(TimerKind.Rejoin));
        foreach (var name in _lost.Where(l => _now - l.Value.Since > _options.RejoinTimeout).Select(l => l.Key).ToArray())
        {
            _lost.Remove(name);
        }

        if (_leaving || (_lost.Count == 0 && _seeds.Count == 0))
        {
            return;
        }

        var running = _ring.Where(n => n.Member.IsRunning).Select(n => n.Member.Address).ToHashSet();
        var candidates = _seeds.Where(s => !running.Contains(s)).Select(s => (Address: s, Name: (string?)null))
            .Concat(_lost.Values.Select(l => (l.Member.Address, (string?)l.Member.Name))).ToArray();
        if (candidates.Length > 0 && _random.NextDouble() < AttemptsPerLost * candidates.Length / running.Count)
        {
            var (address, name) = candidates[_random.Next(candidates.Length)];
            _output.ExchangeState(address, name, join: true);
        }
    }
}
