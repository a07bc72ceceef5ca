using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using ChittyChat.Membership.Net;
using ChittyChat.Membership.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChittyChat.Membership;

/// <summary>
/// A member of a cluster: SWIM with Lifeguard's extensions on memberlist's wire format. Safe to use from any thread.
/// </summary>
/// <remarks>
/// Methods of a node that was disposed throw <see cref="ObjectDisposedException"/>; those that are under way then do too.
/// A cancelled token ends the wait for a method's effect, not always the effect.
/// <para/>
/// Das, Gupta, Motivala, "SWIM", DSN 2002; Dadgar, Phillips, Currey, "Lifeguard", arXiv:1707.00788.
/// </remarks>
public sealed class MembershipNode : IAsyncDisposable
{
    private readonly MembershipOptions _options;
    private readonly TimeProvider _time;
    private readonly ITransport _transport;
    private readonly MembershipMetrics _metrics;
    private readonly NodeStreams _streams;
    private readonly Joining _joining;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private readonly Task _receiving;
    private readonly Task _accepting;
    private int _disposed;

    private MembershipNode(MembershipOptions options, Member self, TimeProvider time, Random random, ILogger logger, ITransport transport)
    {
        _options = options;
        _time = time;
        _transport = transport;
        Keyring = new Keyring(options.SecretKeys);
        _metrics = new MembershipMetrics(options.Name);
        Loop = new NodeLoop(options, self, Keyring, time, random, transport, _metrics, logger);
        _streams = new NodeStreams(Loop, options, new StreamCodec(options, Keyring), time, transport, _metrics, logger);
        Loop.Streams = _streams;
        _joining = new Joining(Loop, _streams, options, transport.LocalEndPoint, time, logger);
        _running = Task.Run(Loop.RunAsync);
        _receiving = Task.Run(() => Loop.ReceiveAsync(_stop.Token));
        _accepting = Task.Run(_streams.AcceptAsync);
    }

    /// <summary>Binds the port and starts a node, alone in a cluster of one until it joins others.</summary>
    /// <param name="options">How the node takes part; copied.</param>
    /// <param name="time">The clock; null: that of the system.</param>
    /// <param name="random">
    /// The source of all random choices, used by this node alone, to replay a run; null: one with a seed of its own. Nonces come from the operating system.
    /// </param>
    /// <param name="loggers">Where to log; null: nowhere.</param>
    /// <param name="transport">
    /// The network; null: UDP and TCP on the address and port of the options. The node disposes it, also when it cannot start.
    /// </param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ArgumentException">The options are not valid; the message lists everything that is wrong.</exception>
    /// <exception cref="MembershipException">
    /// The port cannot be bound, there is no address to advertise, or the incarnation file cannot be read and written.
    /// </exception>
    public static async Task<MembershipNode> StartAsync(
        MembershipOptions options, TimeProvider? time = null, Random? random = null, ILoggerFactory? loggers = null, ITransport? transport = null,
        CancellationToken cancellationToken = default)
    {
        try
        {
            ArgumentNullException.ThrowIfNull(options);
            cancellationToken.ThrowIfCancellationRequested();
            var errors = options.Validate();
            if (errors.Count > 0)
            {
                throw new ArgumentException(string.Join(" ", errors), nameof(options));
            }

            var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger<MembershipNode>();
            var copy = options.Copy(new GuardedHooks(options.Hooks ?? new NoHooks(), logger));
            transport ??= SocketTransport.Bind(copy.BindAddress, copy.Port);
            var address = AdvertisedAddress.Choose(copy, transport.LocalEndPoint);
            var incarnation = IncarnationFile.Begin(copy.IncarnationFile);
            var self = new Member(copy.Name, address, copy.Metadata, MemberState.Alive, incarnation, copy.Versions);
            logger.Started(copy.Name, transport.LocalEndPoint, incarnation);
            return new MembershipNode(copy, self, time ?? TimeProvider.System, random ?? NewRandom(), logger, transport);
        }
        catch
        {
            if (transport is not null)
            {
                await transport.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>This node as it announces itself.</summary>
    public Member Self => Loop.Self;

    /// <summary>All known members in the order of their names, this node included, also dead and departed ones until they are reaped.</summary>
    public ImmutableArray<Member> Members => Loop.Members;

    /// <summary>How unwell this node believes itself to be: 0 is healthy. Its probes are slowed by this number plus one.</summary>
    public int HealthScore => Loop.HealthScore;

    /// <summary>The keys of the cluster; changes take effect at once.</summary>
    public Keyring Keyring { get; }

    /// <summary>What drives it, for the layers of this library.</summary>
    internal NodeLoop Loop { get; }

    /// <summary>The most bytes of a user message that <see cref="SendAsync"/> and <see cref="BroadcastAsync"/> take.</summary>
    public int MaxDatagramPayload => _options.DatagramSize - 1 - PacketCodec.Checksum - Loop.PacketOverhead;

    /// <summary>
    /// All changes from the start of the enumeration on, beginning with the running members of that moment as <see cref="MemberEventKind.Joined"/>.
    /// Every enumeration is a subscription with its own buffer; a subscriber that falls behind loses its oldest events, which is counted
    /// and logged. Ends when the node is disposed.
    /// </summary>
    public async IAsyncEnumerable<MemberEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var reader = await Loop.SubscribeAsync();
        try
        {
            await foreach (var change in reader.ReadAllAsync(cancellationToken))
            {
                yield return change;
            }
        }
        finally
        {
            Loop.Unsubscribe(reader);
        }
    }

    /// <summary>
    /// The user messages that arrive from the start of the enumeration on, sent to this node or broadcast. The network
    /// can lose and double those that come in datagrams. Buffered and bounded like <see cref="WatchAsync"/>.
    /// </summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReceiveAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var reader = await Loop.SubscribeMessagesAsync();
        try
        {
            await foreach (var message in reader.ReadAllAsync(cancellationToken))
            {
                yield return message;
            }
        }
        finally
        {
            Loop.Unsubscribe(reader);
        }
    }

    /// <summary>
    /// Joins the cluster that the members at these addresses belong to. If the name of this node is still listed at another address
    /// whose holder does not answer any more, takes the name over and returns when the contacted members have accepted that.
    /// </summary>
    /// <param name="addresses">"host", "host:port", "[v6]:port" or "name/host:port"; without a port 7946. This node's own address is skipped.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>How many addresses were contacted.</returns>
    /// <exception cref="InvalidOperationException">The node has left.</exception>
    /// <exception cref="NameConflictException">A running member has the name of this node.</exception>
    /// <exception cref="MembershipException">No cluster could be joined through any of the addresses; the message gives the reason for each.</exception>
    public Task<int> JoinAsync(IReadOnlyList<string> addresses, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        return Self.State == MemberState.Left
            ? throw new InvalidOperationException("The node has left; start a new one to join again.")
            : _joining.JoinAsync(addresses, cancellationToken);
    }

    /// <summary>
    /// Says goodbye and returns when it has spread. The node goes on answering until it is disposed, but cannot join again.
    /// </summary>
    public async Task LeaveAsync(CancellationToken cancellationToken = default)
    {
        var others = Members.Any(m => m.IsRunning && m.Name != _options.Name);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Loop.CallAsync((core, now) => Done(() => core.Leave(done, now)), cancellationToken);
        await WaitAsync(done.Task, cancellationToken);
        if (others)
        {
            await Task.Delay(_options.LeavePropagateDelay, _time, cancellationToken);
        }
    }

    /// <summary>Announces other metadata, and returns when the announcement was sent. A node that has left announces nothing any more.</summary>
    /// <exception cref="ArgumentException">There are more than 512 bytes.</exception>
    /// <exception cref="MembershipException">There is no higher incarnation left to announce it with.</exception>
    public async Task UpdateMetadataAsync(ReadOnlyMemory<byte> metadata, CancellationToken cancellationToken = default)
    {
        if (metadata.Length > MembershipOptions.MaxMetadataLength)
        {
            throw new ArgumentException(
                $"The metadata may have {MembershipOptions.MaxMetadataLength} bytes, but has {metadata.Length}.", nameof(metadata));
        }

        var copy = metadata.ToArray();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Loop.CallAsync((core, now) => Done(() => core.UpdateMetadata(copy, done, now)), cancellationToken);
        await WaitAsync(done.Task, cancellationToken);
    }

    /// <summary>Sends a user message in one datagram, best effort.</summary>
    /// <exception cref="ArgumentException">The payload does not fit a datagram; the message gives the limit.</exception>
    public async Task SendAsync(Member to, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(to);
        CheckDatagram(payload);
        await Loop.CallAsync((core, now) => core.SendUserMessage(to.Address, payload.Span, now), cancellationToken);
    }

    /// <summary>
    /// Sends a user message over a stream. Returns when the connection stands and this machine's network has taken all of it: the protocol has no
    /// acknowledgement for it, so what the receiver does with it, or that it ends before it has read it, is not told.
    /// </summary>
    /// <exception cref="MembershipException">The member cannot be reached.</exception>
    /// <exception cref="ArgumentException">The payload has more than 20 MiB, with encryption 64 bytes less.</exception>
    public Task SendReliablyAsync(Member to, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(to);
        var most = Limits.UserMessage - (Keyring.IsEnabled ? Limits.FrameRoom : 0);
        return payload.Length > most
            ? throw new ArgumentException($"A user message may have {most} bytes, but this one has {payload.Length}.", nameof(payload))
            : _streams.SendUserMessageAsync(to.Address, payload, cancellationToken);
    }

    /// <summary>
    /// Sends a user message to all other running members, to each once in a datagram of its own, best effort: what the network loses is
    /// not repeated, and who joins later does not get it. Returns when it is queued; then a few members get it with each gossip tick, in
    /// <see cref="MembershipOptions.GossipNodes"/> times <see cref="MembershipOptions.DatagramSize"/> bytes at most, headers included.
    /// </summary>
    /// <remarks>
    /// 100 bytes thus reach about 27 members in each gossip interval with the default options. memberlist's user messages are not passed on by their receivers, so the sender has all the work:
    /// for large clusters use <see cref="Serf.SerfNode"/>'s events, which spread by themselves.
    /// </remarks>
    /// <exception cref="ArgumentException">The payload does not fit a datagram; the message gives the limit.</exception>
    /// <exception cref="MembershipException">As many broadcasts wait as <see cref="MembershipOptions.UserBroadcastLimit"/> allows; this one was dropped and counted.</exception>
    public async Task BroadcastAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        CheckDatagram(payload);
        if (!await Loop.CallAsync((core, now) => core.BroadcastUserMessage(payload.Span, now), cancellationToken))
        {
            throw new MembershipException($"{_options.UserBroadcastLimit} broadcasts wait to be sent already; send fewer, or raise {nameof(MembershipOptions.UserBroadcastLimit)}.");
        }
    }

    /// <summary>Pings a member and gives the round-trip time.</summary>
    /// <exception cref="TimeoutException">No answer within the probe time-out.</exception>
    public async Task<TimeSpan> PingAsync(Member member, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(member);
        var done = new TaskCompletionSource<TimeSpan?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Loop.CallAsync((core, now) => Done(() => core.Ping(member, done, now)), cancellationToken);
        await WaitAsync(done.Task, cancellationToken);
        var roundTrip = await done.Task ?? throw new TimeoutException($"{member.Name} at {member.Address} did not answer within {_options.ProbeTimeout}.");
        Loop.RoundTrips[member.Name] = roundTrip;
        return roundTrip;
    }

    /// <summary>
    /// The latest round trip to a member, measured by a probe that it answered directly or by <see cref="PingAsync"/>; null when there was none yet.
    /// Probes go round: in a cluster of n members each is measured about every n-1 <see cref="MembershipOptions.ProbeInterval"/>.
    /// </summary>
    public TimeSpan? RoundTripTo(string member) => Loop.RoundTrips.TryGetValue(member, out var roundTrip) ? roundTrip : null;

    /// <summary>The table, the queues and the counters as text, for people.</summary>
    public Task<string> DumpAsync(CancellationToken cancellationToken = default) => Loop.CallAsync((core, now) => core.Dump(now), cancellationToken);

    /// <summary>Stops at once, without a goodbye: others will find out by probing. Call <see cref="LeaveAsync"/> first for an orderly end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync();
        await _streams.StopAsync();
        Loop.Stop();
        await _running;
        await _transport.DisposeAsync();
        await _receiving;
        await _accepting;
        await _streams.DisposeAsync();
        _metrics.Dispose();
        _stop.Dispose();
    }

    /// <summary>A source of random choices that no other node shares.</summary>
    internal static Random NewRandom() => new(RandomNumberGenerator.GetInt32(int.MaxValue));

    /// <summary>Waits for something that the loop completes, but not longer than the loop lives.</summary>
    /// <exception cref="ObjectDisposedException">The node was disposed before.</exception>
    internal async Task WaitAsync(Task done, CancellationToken cancellationToken)
    {
        await Task.WhenAny(done, _running).WaitAsync(cancellationToken);
        ObjectDisposedException.ThrowIf(!done.IsCompleted, this);
    }

    private void CheckDatagram(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length > MaxDatagramPayload)
        {
            throw new ArgumentException(
                $"A user message in a datagram may have {MaxDatagramPayload} bytes, but this one has {payload.Length}.", nameof(payload));
        }
    }

    private static bool Done(Action action)
    {
        action();
        return true;
    }

    private sealed class NoHooks : MembershipHooks;
}
