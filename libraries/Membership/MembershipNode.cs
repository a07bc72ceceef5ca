using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Membership;

/// <summary>
/// A member of a cluster: SWIM with Lifeguard's extensions on memberlist's wire format. Safe to use from any thread.
/// </summary>
/// <remarks>
/// Das, Gupta, Motivala, "SWIM", DSN 2002; Dadgar, Phillips, Currey, "Lifeguard", arXiv:1707.00788.
/// </remarks>
public sealed class MembershipNode : IAsyncDisposable
{
    /// <summary>Binds the port and starts a node, alone in a cluster of one until it joins others.</summary>
    /// <param name="options">How the node takes part; copied.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">The source of all random choices, used by this node alone; nonces come from the operating system.</param>
    /// <param name="loggers">Where to log; null: nowhere.</param>
    /// <param name="transport">The network; null: UDP and TCP on the address and port of the options. Disposed with the node.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ArgumentException">The options are not valid; the message lists everything that is wrong.</exception>
    /// <exception cref="MembershipException">The port cannot be bound, or there is no address to advertise.</exception>
    public static Task<MembershipNode> StartAsync(
        MembershipOptions options, TimeProvider time, Random random, ILoggerFactory? loggers = null, ITransport? transport = null,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>This node as it announces itself.</summary>
    public Member Self => throw new NotImplementedException();

    /// <summary>All known members in the order of their names, this node included, also dead and departed ones until they are reaped.</summary>
    public ImmutableArray<Member> Members => throw new NotImplementedException();

    /// <summary>How unwell this node believes itself to be: 0 is healthy. Its probes are slowed by this number plus one.</summary>
    public int HealthScore => throw new NotImplementedException();

    /// <summary>The keys of the cluster; changes take effect at once.</summary>
    public Keyring Keyring => throw new NotImplementedException();

    /// <summary>
    /// All changes from now on, beginning with the members of this moment as <see cref="MemberEventKind.Joined"/> (running ones only).
    /// Every call is a subscription with its own buffer; a subscriber that falls behind loses its oldest events, which is counted and logged.
    /// Ends when the node is disposed.
    /// </summary>
    public IAsyncEnumerable<MemberEvent> WatchAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// The user messages that arrive from now on, sent to this node or broadcast (those can arrive more than once). Buffered and bounded like <see cref="WatchAsync"/>.
    /// </summary>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Joins the cluster that the members at these addresses belong to. If the name of this node is still listed at another address whose holder
    /// does not answer any more, takes the name over and returns when the contacted members have accepted that.
    /// </summary>
    /// <param name="addresses">"host", "host:port", "[v6]:port" or "name/host:port"; without a port 7946. This node's own address is skipped.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>How many addresses were contacted.</returns>
    /// <exception cref="NameConflictException">A running member has the name of this node.</exception>
    /// <exception cref="MembershipException">None of the addresses could be contacted; the message gives the reason for each.</exception>
    public Task<int> JoinAsync(IReadOnlyList<string> addresses, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Says goodbye and returns when it has spread. The node goes on answering until it is disposed, but cannot join again.
    /// </summary>
    public Task LeaveAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Announces other metadata, and returns when the announcement was sent.</summary>
    /// <exception cref="ArgumentException">There are more than 512 bytes.</exception>
    public Task UpdateMetadataAsync(ReadOnlyMemory<byte> metadata, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Sends a user message in one datagram, best effort.</summary>
    /// <exception cref="ArgumentException">The payload does not fit a datagram; the message gives the limit.</exception>
    public Task SendAsync(Member to, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Sends a user message over a stream; returns when the other side's network has taken it.</summary>
    /// <exception cref="MembershipException">The member cannot be reached.</exception>
    /// <exception cref="ArgumentException">The payload has more than 20 MiB.</exception>
    public Task SendReliablyAsync(Member to, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Gossips a user message to all members; returns when it is queued. Members may get it more than once or, rarely, not at all.</summary>
    /// <exception cref="ArgumentException">The payload does not fit a datagram; the message gives the limit.</exception>
    public Task BroadcastAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Pings a member and gives the round-trip time.</summary>
    /// <exception cref="TimeoutException">No answer within the probe time-out.</exception>
    public Task<TimeSpan> PingAsync(Member member, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The table, the queues and the counters as text, for people.</summary>
    public Task<string> DumpAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Stops at once, without a goodbye: others will find out by probing. Call <see cref="LeaveAsync"/> first for an orderly end.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
