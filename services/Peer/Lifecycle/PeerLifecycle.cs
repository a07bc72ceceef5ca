using System.Reflection;
using ChittyChat.Membership;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Faults;
using ChittyChat.Peer.Membership;
using ChittyChat.Peer.Options;
using ChittyChat.ServiceDefaults;

namespace ChittyChat.Peer.Lifecycle;

/// <summary>How far a peer is.</summary>
internal enum PeerStage
{
    Starting,
    Joining,
    Joined,

    /// <summary>On its way out.</summary>
    Leaving,

    /// <summary>Out of the cluster, while the process lives on and can rejoin.</summary>
    Left,
}

/// <summary>
/// One peer from start to end: its stays in the cluster, one after the other. gRPC and HTTP are served before and after it, by the host.
/// </summary>
internal sealed class PeerLifecycle(
    PeerOptions options, ChatPeer chat, ServicePorts ports, FaultInjector faults, PeerOutcome outcome, IHostApplicationLifetime host, TimeProvider time, Random random,
    ILoggerFactory loggers) : IHostedLifecycleService, IAsyncDisposable
{
    /// <summary>How long a goodbye may take altogether: the host, and whoever stops the process, wait for it.</summary>
    internal static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(3);

    private readonly ILogger _logger = loggers.CreateLogger<PeerLifecycle>();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Leaving and coming back take turns.
    private readonly SemaphoreSlim _turn = new(1, 1);

    // Drawn here and not later, because nothing else uses the source while the host is being built.
    private readonly Random _random = new(random.Next());

    private CancellationTokenSource _ending = new();
    private Task _run = Task.CompletedTask;
    private StayIdentity? _identity;
    private volatile ClusterStay? _stay;
    private volatile PeerStage _stage;
    private bool _disposed;

    /// <summary>The version of this software.</summary>
    public static string Version { get; } =
        typeof(PeerLifecycle).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public PeerStage Stage => _stopping.IsCancellationRequested ? PeerStage.Leaving : _stage;

    /// <summary>Completes when the peer is in the chat for the first time; is cancelled when it ends before.</summary>
    public Task Joined => _joined.Task;

    /// <summary>The stay of this moment; null before the first, and after a goodbye.</summary>
    public ClusterStay? Stay => _stay;

    /// <summary>The members; null until the gossip is open, and after a goodbye.</summary>
    public GossipView? View => _stay?.View;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // Here, as only now the ports of gRPC and HTTP are open and known.
        _identity = new StayIdentity
        {
            BootstrapId = DrawId(),
            RegistryId = DrawId(),
            Started = time.GetUtcNow(),
            GossipKeys = options.GossipKeys,
        };
        var stay = _stay = NewStay(_identity);
        _run = Task.Run(() => RunAsync(stay, joined: false, _stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Says goodbye to the cluster; the process lives on.</summary>
    /// <exception cref="PeerStageException">The peer is not in the chat.</exception>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (Stage != PeerStage.Joined || _stay is not { Node: { } node } stay)
            {
                throw new PeerStageException(Stage == PeerStage.Left ? "This peer has left already; rejoin brings it back." : "This peer is not in the chat yet.");
            }

            _stage = PeerStage.Leaving;
            var others = node.Members.Where(member => member.IsRunning && member.Name != options.Name).Select(member => member.Address.ToString());
            _identity = _identity! with
            {
                BootstrapId = DrawId(),
                GossipKeys = node.Keyring.Keys,
                Tags = stay.View!.OwnTags,
                FormerPort = node.Self.Address.Port,
                FormerMembers = [.. others],
            };
            await _ending.CancelAsync();
            await _run;
            await stay.LeaveAsync(_stopping.Token);
            await stay.DisposeAsync();
            (_stay, _stage) = (null, PeerStage.Left);
            _logger.HasLeftButLives();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Comes back after <see cref="LeaveAsync"/>, as a new session.</summary>
    /// <exception cref="PeerStageException">The peer has not left, or cannot come back; the message says why.</exception>
    public async Task RejoinAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (Stage != PeerStage.Left)
            {
                throw new PeerStageException("This peer has not left; leave first.");
            }

            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
            _stage = PeerStage.Joining;
            await chat.ReturnAsync(linked.Token);
            var stay = NewStay(_identity!);
            try
            {
                _stay = stay;
                await stay.JoinAsync(linked.Token);
            }
            catch (Exception e)
            {
                await stay.DisposeAsync();
                (_stay, _stage) = (null, PeerStage.Left);
                if (e is PeerStartException or MembershipException)
                {
                    throw new PeerStageException(e.Message);
                }

                throw;
            }

            _ending = new CancellationTokenSource();
            _stage = PeerStage.Joined;
            _run = Task.Run(() => RunAsync(stay, joined: true, _stopping.Token), CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Here, as after this Kestrel stops, and with it the links over which the goodbye goes.
        await _stopping.CancelAsync();
        await _turn.WaitAsync(cancellationToken);
        await _run;
        if (!_joined.TrySetCanceled(CancellationToken.None))
        {
            _logger.Leaving();
        }

        if (_stay is { } stay)
        {
            await stay.LeaveAsync(cancellationToken);
        }

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
        if (_stay is { } stay)
        {
            await stay.DisposeAsync();
        }

        _ending.Dispose();
        _stopping.Dispose();
        _turn.Dispose();
    }

    private ClusterStay NewStay(StayIdentity identity) => new(options, chat, ports, faults, identity, time, _random, loggers);

    private string DrawId() => SessionId.Draw(_random).ToString();

    private async Task RunAsync(ClusterStay stay, bool joined, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, _ending.Token);
        try
        {
            if (!joined)
            {
                _stage = PeerStage.Joining;
                await stay.JoinAsync(ending.Token);
                _stage = PeerStage.Joined;
                _joined.TrySetResult();
            }

            await stay.RunAsync(ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
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
}

/// <summary>The peer cannot start; the message says why, in one line.</summary>
internal sealed class PeerStartException(ExitCode exitCode, string message) : Exception(message)
{
    public ExitCode ExitCode => exitCode;
}

/// <summary>The peer is not at the stage for what was asked; the message says what would be right.</summary>
internal sealed class PeerStageException(string message) : Exception(message);
