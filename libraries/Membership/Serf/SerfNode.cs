using System.Runtime.CompilerServices;
using System.Text;
using ChittyChat.Membership.Net;
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
    private readonly SemaphoreSlim _joining = new(1);
    private readonly Subscribers<SerfEvent> _events;
    private int _disposed;

    private SerfNode(MembershipNode node, SerfHooks hooks)
    {
        Node = node;
        _hooks = hooks;
        _events = node.Loop.NewSubscribers<SerfEvent>();
        hooks.Deliver = _events.Publish;
        hooks.Keyring = node.Keyring;
        hooks.Loop = node.Loop;
    }

    /// <summary>The membership under it: members, their changes, keys. Join and leave through this class, not through that.</summary>
    public MembershipNode Node { get; }

    /// <summary>How many messages wait to be gossiped: intents, events, queries, and news about members. Gossip is slow; who sends many events waits for it.</summary>
    public int QueuedBroadcasts => Node.Loop.QueuedBroadcasts;

    /// <summary>Starts a node; see <see cref="MembershipNode.StartAsync"/>. Metadata and versions are Serf's own.</summary>
    /// <param name="options">How the node takes part; copied. Its hooks are Serf's, so there must be none.</param>
    /// <param name="tags">What it says about itself.</param>
    /// <param name="time">The clock; null: that of the system.</param>
    /// <param name="random">The source of all random choices, used by this node alone; null: one with a seed of its own.</param>
    /// <param name="loggers">Where to log; null: nowhere.</param>
    /// <param name="transport">The network; null: UDP and TCP. The node disposes it, also when it cannot start.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ArgumentException">The options are not valid, or have hooks, or the tags have more than 512 bytes.</exception>
    /// <exception cref="MembershipException">As for <see cref="MembershipNode.StartAsync"/>.</exception>
    public static async Task<SerfNode> StartAsync(
        MembershipOptions options, IReadOnlyDictionary<string, string> tags, TimeProvider? time = null, Random? random = null, ILoggerFactory? loggers = null,
        ITransport? transport = null, CancellationToken cancellationToken = default)
    {
        SerfHooks hooks;
        MembershipOptions copy;
        random ??= MembershipNode.NewRandom();
        time ??= TimeProvider.System;
        try
        {
            ArgumentNullException.ThrowIfNull(options);
            if (options.Hooks is not null)
            {
                throw new ArgumentException($"A {nameof(SerfNode)} has hooks of its own: leave {nameof(MembershipOptions.Hooks)} null.", nameof(options));
            }

            hooks = new SerfHooks(options.Name, new Random(random.Next()), time, (loggers ?? NullLoggerFactory.Instance).CreateLogger<SerfNode>());
            copy = options.Copy(hooks);
            copy.Metadata = MemberTags.Encode(tags);
            copy.Versions = ProtocolVersions.Serf;
        }
        catch (ArgumentException) when (transport is not null)
        {
            await transport.DisposeAsync();
            throw;
        }

#pragma warning disable CA2000 // The new node owns it, and its constructor does nothing that could fail.
        var node = await MembershipNode.StartAsync(copy, time, random, loggers, transport, cancellationToken);
#pragma warning restore CA2000
        return new SerfNode(node, hooks);
    }

    /// <summary>Joins a cluster; see <see cref="MembershipNode.JoinAsync"/>.</summary>
    /// <param name="addresses">Where its members are.</param>
    /// <param name="replay">Whether to deliver the recent events from before the join.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task<int> JoinAsync(IReadOnlyList<string> addresses, bool replay = false, CancellationToken cancellationToken = default)
    {
        // What is ignored holds for the whole node, so joins go one after the other.
        await _joining.WaitAsync(cancellationToken);
        try
        {
            await SetIgnoringAsync(!replay);
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
                await SetIgnoringAsync(false);
            }
        }
        finally
        {
            _joining.Release();
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
            await Node.WaitAsync(told.Task, cancellationToken);
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
    /// The events from the start of the enumeration on, each once, until the node is disposed. Bounded like <see cref="MembershipNode.WatchAsync"/>:
    /// a subscriber that falls behind loses its oldest ones, which is counted and logged.
    /// </summary>
    public async IAsyncEnumerable<SerfEvent> WatchEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var reader = _events.Add([]);
        try
        {
            await foreach (var message in reader.ReadAllAsync(cancellationToken))
            {
                yield return message;
            }
        }
        finally
        {
            _events.Remove(reader);
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
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await Node.DisposeAsync();
        // A join that was under way ends now.
        await _joining.WaitAsync();
        _joining.Dispose();
        _events.Complete();
    }

    private Task<bool> SetIgnoringAsync(bool ignoring) => Node.Loop.CallAsync((_, _) => _hooks.IgnoresOldEvents = ignoring, CancellationToken.None);
}
