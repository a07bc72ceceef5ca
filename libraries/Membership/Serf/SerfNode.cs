using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChittyChat.Membership.Serf;

/// <summary>
/// A member that Serf 0.9 agents take for one of theirs: tags, join and leave intents, user events with replay, query
/// acknowledgements, key queries and network coordinates. Safe to use from any thread.
/// </summary>
/// <remarks>Not there: own queries, snapshots, force-leave, and Serf's RPC. Members are those of <see cref="Node"/>.</remarks>
public sealed class SerfNode : IAsyncDisposable
{
    /// <summary>The most bytes of an event's name and payload together: Serf's default limit.</summary>
    public const int MaxEventLength = 512;

    private readonly SerfHooks _hooks;
    private readonly Lock _gate = new();
    private readonly int _queueLimit;
    private Channel<SerfEvent>[] _subscribers = [];

    private SerfNode(MembershipNode node, SerfHooks hooks, int queueLimit)
    {
        Node = node;
        _hooks = hooks;
        _queueLimit = queueLimit;
        hooks.Deliver = Publish;
        hooks.Keyring = node.Keyring;
        hooks.Loop = node.Loop;
    }

    /// <summary>The membership under it: members, their changes, keys. Join and leave through this class, not through that.</summary>
    public MembershipNode Node { get; }

    /// <summary>How many messages wait to be gossiped: intents, events, queries, and news about members. Gossip is slow; who sends many events waits for it.</summary>
    public int QueuedBroadcasts => Node.Loop.QueuedBroadcasts;

    /// <summary>Starts a node; see <see cref="MembershipNode.StartAsync"/>. The options' hooks and versions are Serf's own.</summary>
    /// <param name="options">How the node takes part.</param>
    /// <param name="tags">What it says about itself.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">The source of all random choices, used by this node alone.</param>
    /// <param name="loggers">Where to log; null: nowhere.</param>
    /// <param name="transport">The network; null: UDP and TCP.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ArgumentException">The options are not valid, or the tags have more than 512 bytes.</exception>
    public static async Task<SerfNode> StartAsync(
        MembershipOptions options, IReadOnlyDictionary<string, string> tags, TimeProvider time, Random random, ILoggerFactory? loggers = null,
        ITransport? transport = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        var hooks = new SerfHooks(options.Name, new Random(random.Next()), time, (loggers ?? NullLoggerFactory.Instance).CreateLogger<SerfNode>());
        var copy = options.Copy(hooks);
        copy.Metadata = MemberTags.Encode(tags);
        copy.Versions = ProtocolVersions.Serf;
#pragma warning disable CA2000 // The new node owns it, and its constructor does nothing that could fail.
        var node = await MembershipNode.StartAsync(copy, time, random, loggers, transport, cancellationToken);
#pragma warning restore CA2000
        return new SerfNode(node, hooks, options.EventQueueLimit);
    }

    /// <summary>Joins a cluster; see <see cref="MembershipNode.JoinAsync"/>.</summary>
    /// <param name="addresses">Where its members are.</param>
    /// <param name="replay">Whether to deliver the recent events from before the join.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task<int> JoinAsync(IReadOnlyList<string> addresses, bool replay = false, CancellationToken cancellationToken = default)
    {
        await SetIgnoringAsync(!replay, cancellationToken);
        try
        {
            var joined = await Node.JoinAsync(addresses, cancellationToken);
            await Node.Loop.CallAsync(
                (core, now) =>
                {
                    _hooks.AnnounceJoin(core, now);
                    return true;
                },
                cancellationToken);
            return joined;
        }
        finally
        {
            await SetIgnoringAsync(false, CancellationToken.None);
        }
    }

    /// <summary>Says goodbye, first as Serf does and then as memberlist does, so that agents list this node as "left".</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken = default)
    {
        var others = Node.Members.Any(m => m.IsRunning && m.Name != Node.Self.Name);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Node.Loop.CallAsync(
            (core, now) =>
            {
                _hooks.AnnounceLeave(core, told, now);
                return true;
            },
            cancellationToken);
        if (others)
        {
            await told.Task.WaitAsync(cancellationToken);
        }

        await Node.LeaveAsync(cancellationToken);
    }

    /// <summary>Changes the tags.</summary>
    /// <exception cref="ArgumentException">The tags have more than 512 bytes.</exception>
    public Task SetTagsAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken = default) =>
        Node.UpdateMetadataAsync(MemberTags.Encode(tags), cancellationToken);

    /// <summary>Sends an event to all members, this one included; returns when it is queued.</summary>
    /// <param name="name">What kind of event it is.</param>
    /// <param name="payload">What there is to say.</param>
    /// <param name="coalesce">Whether of several events of this name only the latest matters.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ArgumentException">Name and payload have more than 512 bytes.</exception>
    public Task SendEventAsync(string name, ReadOnlyMemory<byte> payload, bool coalesce = false, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var length = Encoding.UTF8.GetByteCount(name) + payload.Length;
        if (length > MaxEventLength)
        {
            throw new ArgumentException($"Name and payload of an event may have {MaxEventLength} bytes together, but have {length}.", nameof(payload));
        }

        var copy = payload.ToArray();
        return Node.Loop.CallAsync(
            (core, now) =>
            {
                _hooks.Announce(core, name, copy, coalesce, now);
                return true;
            },
            cancellationToken);
    }

    /// <summary>
    /// The events from the start of the enumeration on, each once. Bounded like <see cref="MembershipNode.WatchAsync"/>: a subscriber
    /// that falls behind loses its oldest ones.
    /// </summary>
    public async IAsyncEnumerable<SerfEvent> WatchEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateBounded<SerfEvent>(
            new BoundedChannelOptions(_queueLimit) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        Update(s => [.. s, channel]);
        try
        {
            await foreach (var message in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return message;
            }
        }
        finally
        {
            Update(s => [.. s.Where(c => c != channel)]);
        }
    }

    /// <summary>The expected round-trip time to a member by network coordinates; null while its coordinate is unknown.</summary>
    public Task<TimeSpan?> EstimateRoundTripAsync(Member member, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(member);
        return Node.Loop.CallAsync((_, _) => _hooks.DistanceTo(member.Name), cancellationToken);
    }

    /// <summary>Stops at once; call <see cref="LeaveAsync"/> first for an orderly end.</summary>
    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        foreach (var channel in _subscribers)
        {
            channel.Writer.TryComplete();
        }
    }

    private Task<bool> SetIgnoringAsync(bool ignoring, CancellationToken cancellationToken) => Node.Loop.CallAsync(
        (_, _) => _hooks.IgnoresOldEvents = ignoring,
        cancellationToken);

    private void Publish(SerfEvent message)
    {
        foreach (var channel in Volatile.Read(ref _subscribers))
        {
            channel.Writer.TryWrite(message);
        }
    }

    private void Update(Func<Channel<SerfEvent>[], Channel<SerfEvent>[]> change)
    {
        lock (_gate)
        {
            Volatile.Write(ref _subscribers, change(_subscribers));
        }
    }
}
