using System.Reflection;
using ChittyChat.BootstrapApi;
using ChittyChat.Contracts.V1;
using ChittyChat.Membership;
using ChittyChat.Membership.Serf;
using ChittyChat.Peer.Bootstrap;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Membership;
using ChittyChat.Peer.Options;
using ChittyChat.Peer.Registry;
using ChittyChat.ServiceDefaults;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace ChittyChat.Peer.Lifecycle;

/// <summary>How far a peer is.</summary>
internal enum PeerStage
{
    Starting,
    Joining,
    Joined,
    Leaving,
}

/// <summary>
/// One peer from start to end: gossip, contacts, joining, leases, and the goodbye. gRPC and HTTP are served before and after it, by the host.
/// </summary>
internal sealed class PeerLifecycle(
    PeerOptions options, ChatPeer chat, ServicePorts ports, PeerOutcome outcome, IHostApplicationLifetime host, TimeProvider time, Random random,
    ILoggerFactory loggers) : IHostedLifecycleService, IAsyncDisposable
{
    /// <summary>How long a goodbye may take altogether: the host, and whoever stops the process, wait for it.</summary>
    internal static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TellInterval = TimeSpan.FromSeconds(15);

    private readonly ILogger _logger = loggers.CreateLogger<PeerLifecycle>();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DateTimeOffset _started = time.GetUtcNow();

    // Drawn here and not later, because nothing else uses the source while the host is being built.
    private readonly Random _gossipRandom = new(random.Next());
    private readonly Random _bootstrapRandom = new(random.Next());
    private readonly Random _registryRandom = new(random.Next());
    private readonly Random _ownRandom = new(random.Next());
    private readonly string _id = SessionId.Draw(random).ToString();

    private Task _run = Task.CompletedTask;
    private bool _disposed;
    private volatile PeerStage _stage;
    private volatile GossipView? _view;
    private SerfNode? _serf;
    private BootstrapEntry? _bootstrap;
    private RegistryLease? _registry;

    /// <summary>The version of this software.</summary>
    public static string Version { get; } =
        typeof(PeerLifecycle).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public PeerStage Stage => _stopping.IsCancellationRequested ? PeerStage.Leaving : _stage;

    /// <summary>Completes when the peer is in the chat; is cancelled when it ends before.</summary>
    public Task Joined => _joined.Task;

    /// <summary>The members; null until the gossip is open.</summary>
    public GossipView? View => _view;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // Here, as only now the ports of gRPC and HTTP are open and known.
        _run = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Here, as after this Kestrel stops, and with it the links over which the goodbye goes.
        await _stopping.CancelAsync();
        await _run;
        if (!_joined.TrySetCanceled(CancellationToken.None))
        {
            _logger.Leaving();
        }

        using var deadline = new CancellationTokenSource(GoodbyeTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        await Task.WhenAll(
            SayAsync("registry", token => _registry?.DeregisterAsync(token) ?? Task.CompletedTask, linked.Token),
            SayAsync("bootstrap service", token => _bootstrap?.LeaveAsync(token) ?? Task.CompletedTask, linked.Token),
            LeaveClusterAsync(linked.Token));
        _logger.HasLeft();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends at once what is still running, without a goodbye.</summary>
    public async ValueTask DisposeAsync()
    {
        // The container owns this twice: as itself and as a hosted service.
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        await _stopping.CancelAsync();
        await _run;
        if (_view is not null)
        {
            await _view.DisposeAsync();
        }

        if (_serf is not null)
        {
            await _serf.DisposeAsync();
        }

        _bootstrap?.Dispose();
        _registry?.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await JoinAndStayAsync(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Told to stop; the goodbye follows.
        }
        catch (NameConflictException e)
        {
            Fail(ExitCode.NameTaken, e.Message);
        }
        catch (PeerStartException e)
        {
            Fail(e.ExitCode, e.Message);
        }
        catch (Exception e)
        {
            _logger.Crashed(e);
            Fail(ExitCode.Failed, $"An unexpected error ended this peer: {e.Message}");
        }
    }

    private void Fail(ExitCode code, string message)
    {
        outcome.Fail(code, message);
        host.StopApplication();
    }

    private async Task JoinAndStayAsync(CancellationToken cancellationToken)
    {
        var (node, view) = await OpenGossipAsync(cancellationToken);
        _bootstrap = options.Bootstrap is { } bootstrap
            ? new BootstrapEntry(
                bootstrap, new EntryPoint { Id = _id, Name = options.Name, Address = node.Self.Address.ToString() }, () => node.Members.Count(member => member.IsRunning),
                time, _bootstrapRandom, loggers.CreateLogger<BootstrapEntry>())
            : null;
        _registry = options.Registry is { } registry
            ? new RegistryLease(registry, Describe, time, _registryRandom, loggers.CreateLogger<RegistryLease>())
            : null;
        var contacts = new ContactBook(options.Join, _bootstrap, _registry);

        _stage = PeerStage.Joining;
        await JoinClusterAsync(_serf!, contacts, cancellationToken);
        using var events = options.SerfEvents ? new SerfEvents(_serf!, chat, time, loggers.CreateLogger<SerfEvents>()) : null;
        await chat.JoinAsync(view, cancellationToken);
        _stage = PeerStage.Joined;
        _joined.TrySetResult();

        var healer = new SplitHealer(node, contacts, time, _ownRandom, loggers.CreateLogger<SplitHealer>());
        await Task.WhenAll(
            _bootstrap?.RunAsync(cancellationToken) ?? Task.CompletedTask,
            _registry?.RunAsync(cancellationToken) ?? Task.CompletedTask,
            events?.RunAsync(cancellationToken) ?? Task.CompletedTask,
            contacts.IsEmpty ? Task.CompletedTask : healer.RunAsync(cancellationToken));
    }

    private async Task<(MembershipNode Node, GossipView View)> OpenGossipAsync(CancellationToken cancellationToken)
    {
        var settings = options.Profile switch
        {
            GossipProfile.Local => MembershipOptions.Local(),
            GossipProfile.Wan => MembershipOptions.Wan(),
            _ => MembershipOptions.Lan(),
        };
        // memberlist's local preset is meant for a handful of nodes: what it sends twice misses some of ten, and the next full exchange is 15 s away.
        settings.RetransmitMultiplier = Math.Max(settings.RetransmitMultiplier, MembershipOptions.Lan().RetransmitMultiplier);
        (settings.Name, settings.BindAddress, settings.Port, settings.AdvertiseAddress) = (options.Name, options.Bind, options.GossipPort, options.Advertise);
        MembershipNode node;
        try
        {
            _serf = await SerfNode.StartAsync(settings, new Dictionary<string, string>(), time, _gossipRandom, loggers, transport: null, cancellationToken);
            node = _serf.Node;
        }
        catch (MembershipException e)
        {
            throw new PeerStartException(ExitCode.CannotOpen, e.Message);
        }

        // The gossip chose the address that others can reach; gRPC listens on the same one.
        var chatAddress = new Uri($"http://{new System.Net.IPEndPoint(node.Self.Address.Address, ports.Grpc.Port)}");
        var view = await GossipView.StartAsync(node, chatAddress, chat.Session, Version, loggers.CreateLogger<GossipView>(), cancellationToken);
        _view = view;
        _logger.Listening(options.Name, chat.Session, node.Self.Address, chatAddress.Authority, ports.Http.Authority);
        return (node, view);
    }

    private async Task JoinClusterAsync(SerfNode serf, ContactBook contacts, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var tell = TimeSpan.Zero;
        while (true)
        {
            var known = await contacts.AskAsync(cancellationToken);
            var reason = known.Silence;
            try
            {
                if (await serf.JoinAsync(known.Contacts, replay: false, cancellationToken) > 0)
                {
                    _logger.JoinedCluster(serf.Node.Members.Count(member => member.IsRunning), string.Join(", ", known.Contacts));
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
            catch (MembershipException e) when (reason is null && contacts.HasServices)
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
        await SayAsync("chat", token => _joined.Task.IsCompletedSuccessfully ? chat.LeaveAsync(token) : Task.CompletedTask, cancellationToken);
        await SayAsync("gossip", token => _serf?.LeaveAsync(token) ?? Task.CompletedTask, cancellationToken);
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
            _logger.GoodbyeFailed(step, cancellationToken.IsCancellationRequested ? $"not done within {GoodbyeTimeout.TotalSeconds} s" : e.Message);
        }
    }

    private RegisteredMember Describe()
    {
        var self = _view!.Self;
        return new()
        {
            Id = _id,
            Name = self.Name,
            Session = self.Session.Value,
            GossipAddress = self.GossipAddress,
            GrpcAddress = self.ChatAddress.GetLeftPart(UriPartial.Authority),
            Started = Timestamp.FromDateTimeOffset(_started),
            Version = Version,
        };
    }
}

/// <summary>The peer cannot start; the message says why, in one line.</summary>
internal sealed class PeerStartException(ExitCode exitCode, string message) : Exception(message)
{
    public ExitCode ExitCode => exitCode;
}
