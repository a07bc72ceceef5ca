using System.Collections.Immutable;
using ChittyChat.BootstrapApi;
using ChittyChat.Contracts.V1;
using ChittyChat.Membership;
using ChittyChat.Membership.Net;
using ChittyChat.Peer.Bootstrap;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Faults;
using ChittyChat.Peer.Membership;
using ChittyChat.Peer.Options;
using ChittyChat.Peer.Registry;
using ChittyChat.ServiceDefaults;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace ChittyChat.Peer.Lifecycle;

/// <summary>One stay of this peer in the cluster, from the opening of the gossip to the goodbye. Who comes back begins another.</summary>
internal sealed class ClusterStay(
    PeerOptions options, ChatPeer chat, ServicePorts ports, FaultInjector faults, StayIdentity identity, TimeProvider time, Random random, ILoggerFactory loggers)
    : IAsyncDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TellInterval = TimeSpan.FromSeconds(15);

    private readonly ILogger _logger = loggers.CreateLogger<PeerLifecycle>();
    private readonly Random _gossipRandom = new(random.Next());
    private readonly Random _bootstrapRandom = new(random.Next());
    private readonly Random _registryRandom = new(random.Next());
    private readonly Random _ownRandom = new(random.Next());
    private ContactBook? _contacts;
    private volatile GossipView? _view;
    private volatile MembershipNode? _node;
    private bool _inChat;

    /// <summary>The members; null until the gossip is open.</summary>
    public GossipView? View => _view;

    /// <summary>The gossip; null until it is open.</summary>
    public MembershipNode? Node => _node;

    /// <summary>This peer at the bootstrap service; null without one.</summary>
    public BootstrapEntry? Bootstrap { get; private set; }

    /// <summary>This peer in the registry; null without one.</summary>
    public RegistryLease? Registry { get; private set; }

    /// <summary>Opens the gossip, joins the cluster, and enters the chat.</summary>
    /// <exception cref="PeerStartException">The port is taken, or nobody answers.</exception>
    /// <exception cref="NameConflictException">A running member has the name.</exception>
    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        var (node, view) = await OpenGossipAsync(cancellationToken);
        Bootstrap = options.Bootstrap is { } bootstrap
            ? new BootstrapEntry(
                bootstrap, new EntryPoint { Id = identity.BootstrapId, Name = options.Name, Address = node.Self.Address.ToString() },
                () => node.Members.Count(member => member.IsRunning), time, _bootstrapRandom, loggers.CreateLogger<BootstrapEntry>())
            : null;
        Registry = options.Registry is { } registry
            ? new RegistryLease(registry, Describe, time, _registryRandom, loggers.CreateLogger<RegistryLease>())
            : null;
        _contacts = new ContactBook(options.Join, Bootstrap, Registry);
        await JoinClusterAsync(node, _contacts, cancellationToken);
        await chat.JoinAsync(view, cancellationToken);
        _inChat = true;
    }

    /// <summary>Renews the leases, and finds those whom the gossip does not know, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var healer = new SplitHealer(_node!, _contacts!, time, _ownRandom, loggers.CreateLogger<SplitHealer>());
        await Task.WhenAll(
            Bootstrap?.RunAsync(cancellationToken) ?? Task.CompletedTask,
            Registry?.RunAsync(cancellationToken) ?? Task.CompletedTask,
            _contacts!.IsEmpty ? Task.CompletedTask : healer.RunAsync(cancellationToken));
    }

    /// <summary>Says goodbye to everybody; <see cref="RunAsync"/> has ended before. What cannot be said is logged.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(PeerLifecycle.GoodbyeTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        await Task.WhenAll(
            SayAsync("registry", token => Registry?.DeregisterAsync(token) ?? Task.CompletedTask, linked.Token),
            SayAsync("bootstrap service", token => Bootstrap?.LeaveAsync(token) ?? Task.CompletedTask, linked.Token),
            LeaveClusterAsync(linked.Token));
    }

    /// <summary>Ends at once what is still running, without a goodbye.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_view is { } view)
        {
            await view.DisposeAsync();
        }

        if (_node is { } node)
        {
            await node.DisposeAsync();
        }

        Bootstrap?.Dispose();
        Registry?.Dispose();
    }

    private async Task<(MembershipNode Node, GossipView View)> OpenGossipAsync(CancellationToken cancellationToken)
    {
        var settings = GossipSettings.Of(options);
        settings.SecretKeys = identity.GossipKeys;
        MembershipNode node;
        try
        {
            _node = node = await MembershipNode.StartAsync(settings, time, _gossipRandom, loggers, Bind(settings), cancellationToken);
        }
        catch (MembershipException e)
        {
            throw new PeerStartException(ExitCode.CannotOpen, e.Message);
        }

        faults.Members = () => node.Members;
        // The gossip chose the address that others can reach; gRPC listens on the same one.
        var chatAddress = new Uri($"http://{new System.Net.IPEndPoint(node.Self.Address.Address, ports.Grpc.Port)}");
        var view = await GossipView.StartAsync(node, chatAddress, chat.Session, PeerLifecycle.Version, identity.Tags, loggers.CreateLogger<GossipView>(), cancellationToken);
        _view = view;
        _logger.Listening(options.Name, chat.Session, node.Self.Address, chatAddress.Authority, ports.Http.Authority);
        return (node, view);
    }

    // The port of the last stay, where others remember this peer, unless somebody else has taken it.
    private FaultyTransport Bind(MembershipOptions settings) => new(BindSockets(settings), faults, time);

    private SocketTransport BindSockets(MembershipOptions settings)
    {
        if (settings.Port == 0 && identity.FormerPort is { } former)
        {
            try
            {
                return SocketTransport.Bind(settings.BindAddress, former);
            }
            catch (MembershipException e)
            {
                _logger.FormerPortTaken(former, e.Message);
            }
        }

        return SocketTransport.Bind(settings.BindAddress, settings.Port);
    }

    private async Task JoinClusterAsync(MembershipNode node, ContactBook contacts, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var tell = TimeSpan.Zero;
        while (true)
        {
            var known = await contacts.AskAsync(cancellationToken);
            // Whoever comes back also knows those it was with.
            string[] addresses = [.. known.Contacts.Concat(identity.FormerMembers).Distinct(StringComparer.Ordinal)];
            var reason = known.Silence;
            try
            {
                if (await node.JoinAsync(addresses, cancellationToken) > 0)
                {
                    _logger.JoinedCluster(node.Members.Count(member => member.IsRunning), string.Join(", ", addresses));
                    return;
                }

                if (reason is null)
                {
                    _logger.FirstPeer();
                    return;
                }
            }
            catch (NameConflictException)
            {
                throw;
            }
            catch (MembershipException e) when (reason is null && (contacts.HasServices || identity.FormerMembers.Count > 0))
            {
                // Whoever is on the lists may have crashed a moment ago.
                _logger.StartsAlone(e.Message);
                return;
            }
            catch (MembershipException e)
            {
                reason = reason is null ? e.Message : $"{e.Message.TrimEnd('.')}. {reason}";
            }

            var waited = time.GetElapsedTime(began);
            if (!contacts.HasServices && waited >= options.JoinTimeout)
            {
                throw new PeerStartException(ExitCode.NobodyAnswered, $"{reason.TrimEnd('.')}. Start one of them first, or leave --join away to start a new cluster.");
            }

            if (waited >= tell)
            {
                tell += TellInterval;
                _logger.NobodyAnswersYet(reason);
            }

            await Task.Delay(RetryDelay * (0.5 + _ownRandom.NextDouble()), time, cancellationToken);
        }
    }

    private async Task LeaveClusterAsync(CancellationToken cancellationToken)
    {
        await SayAsync("chat", token => _inChat ? chat.LeaveAsync(token) : Task.CompletedTask, cancellationToken);
        await SayAsync("gossip", token => _node?.LeaveAsync(token) ?? Task.CompletedTask, cancellationToken);
    }

    // One step of the goodbye; whatever becomes of it, the others follow.
    private async Task SayAsync(string step, Func<CancellationToken, Task> say, CancellationToken cancellationToken)
    {
        try
        {
            await say(cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException or BootstrapException or MembershipException)
        {
            _logger.GoodbyeFailed(step, cancellationToken.IsCancellationRequested ? $"not done within {PeerLifecycle.GoodbyeTimeout.TotalSeconds} s" : e.Message);
        }
    }

    private RegisteredMember Describe()
    {
        var self = _view!.Self;
        return new()
        {
            Id = identity.RegistryId,
            Name = self.Name,
            Session = self.Session.Value,
            GossipAddress = self.GossipAddress,
            GrpcAddress = self.ChatAddress.GetLeftPart(UriPartial.Authority),
            Started = Timestamp.FromDateTimeOffset(identity.Started),
            Version = PeerLifecycle.Version,
        };
    }
}

/// <summary>What a stay has from the process it is in, and from the stay before it.</summary>
internal sealed record StayIdentity
{
    /// <value>The id at the bootstrap service: fresh for every stay.</value>
    public required string BootstrapId { get; init; }

    /// <value>The id in the registry: the same over the whole process.</value>
    public required string RegistryId { get; init; }

    /// <value>When the process was started.</value>
    public required DateTimeOffset Started { get; init; }

    /// <value>The keys of the gossip, as they are now.</value>
    public required IReadOnlyList<ReadOnlyMemory<byte>> GossipKeys { get; init; }

    /// <value>What the peer says about itself, by its own wish. Default: nothing.</value>
    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <value>The gossip port of the stay before. Default: null, there was none.</value>
    public int? FormerPort { get; init; }

    /// <value>The gossip addresses of those who were there at the end of the stay before. Default: none.</value>
    public IReadOnlyList<string> FormerMembers { get; init; } = [];
}
