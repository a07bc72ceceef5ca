using ChittyChat.Contracts.V1;
using Kind = ChittyChat.Contracts.V1.Change.Types.Kind;

namespace ChittyChat.Registry.Store;

/// <summary>The twin of <see cref="RedisMemberStore"/> for a machine without Redis: the same promises, within one process and for its lifetime.</summary>
internal sealed class MemoryMemberStore : IMemberStore
{
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _members = [];
    // Bounded by IMemberStore.History: the oldest change makes room.
    private readonly Queue<Change> _history = [];
    private Revision _revision;

    public MemoryMemberStore(TimeProvider time)
    {
        _time = time;
        _revision = Revision.None.Next(time.GetUtcNow());
        // Stands for "nothing yet", so that there is a position to watch from.
        _history.Enqueue(new Change { Revision = _revision.Value });
    }

    public Task<bool> RegisterAsync(RegisteredMember member, TimeSpan lease, CancellationToken cancellationToken) => StepAsync(now =>
    {
        var known = _members.TryGetValue(member.Id, out var before);
        if (!known && _members.Count >= IMemberStore.Capacity)
        {
            return false;
        }

        _members[member.Id] = new Entry(member.Clone(), now + lease);
        if (!known)
        {
            Append(Kind.Registered, member, now);
        }
        else if (!member.Equals(before!.Member))
        {
            Append(Kind.Updated, member, now);
        }

        return true;
    }, cancellationToken);

    public Task<bool> RenewAsync(string id, TimeSpan lease, CancellationToken cancellationToken) => StepAsync(now =>
    {
        if (!_members.TryGetValue(id, out var entry))
        {
            return false;
        }

        _members[id] = entry with { Expires = now + lease };
        return true;
    }, cancellationToken);

    public Task<bool> DeregisterAsync(string id, CancellationToken cancellationToken) => StepAsync(now =>
    {
        if (!_members.Remove(id, out var entry))
        {
            return false;
        }

        Append(Kind.Deregistered, entry.Member, now);
        return true;
    }, cancellationToken);

    public Task<MemberList> ListAsync(CancellationToken cancellationToken) => StepAsync(
        _ => new MemberList(_revision, [.. _members.Values.Select(e => e.Member.Clone())]),
        cancellationToken);

    public Task<ChangeBatch> ChangesAfterAsync(Revision after, CancellationToken cancellationToken) => StepAsync(_ =>
    {
        var isComplete = _history.Any(c => c.Revision == after.Value);
        return new ChangeBatch(
            isComplete,
            _revision,
            _members.Count,
            isComplete ? [.. _history.Where(c => c.Revision > after.Value).Select(c => c.Clone())] : []);
    }, cancellationToken);

    private Task<T> StepAsync<T>(Func<DateTimeOffset, T> step, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            foreach (var expired in _members.Values.Where(e => e.Expires <= now).OrderBy(e => e.Expires).ToArray())
            {
                _members.Remove(expired.Member.Id);
                Append(Kind.Expired, expired.Member, now);
            }

            return Task.FromResult(step(now));
        }
    }

    private void Append(Kind kind, RegisteredMember member, DateTimeOffset now)
    {
        _revision = _revision.Next(now);
        _history.Enqueue(new Change { Kind = kind, Member = member.Clone(), Revision = _revision.Value });
        if (_history.Count > IMemberStore.History)
        {
            _history.Dequeue();
        }
    }

    private sealed record Entry(RegisteredMember Member, DateTimeOffset Expires);
}
