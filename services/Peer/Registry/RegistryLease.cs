using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Lifecycle;
using Grpc.Core;
using Grpc.Net.Client;
using RegistryClient = ChittyChat.Contracts.V1.Registry.RegistryClient;

namespace ChittyChat.Peer.Registry;

/// <summary>This peer in the registry: registers, renews the lease, and registers again when the registry has forgotten it or the peer has changed.</summary>
internal sealed class RegistryLease : IDisposable
{
    // Until the registry has said how long its leases are.
    private static readonly TimeSpan AssumedLease = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);

    // A lease survives two renewals that fail.
    private const int RenewalsPerLease = 3;

    private readonly GrpcChannel _channel;
    private readonly RegistryClient _client;
    private readonly Func<RegisteredMember> _describe;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly Outage _outage;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile RegisteredMember? _registered;
    private volatile string? _failure;
    private bool _wanted = true;
    private TimeSpan _lease = AssumedLease;

    /// <param name="service">The registry's gRPC address.</param>
    /// <param name="describe">Describes this peer as it is now; the id must stay the same.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Spreads the renewals; not used elsewhere.</param>
    /// <param name="logger">Is told when the service is lost and when it is back.</param>
    public RegistryLease(Uri service, Func<RegisteredMember> describe, TimeProvider time, Random random, ILogger logger)
    {
        (_describe, _time, _random) = (describe, time, random);
        _channel = GrpcChannel.ForAddress(service);
        _client = new RegistryClient(_channel);
        _outage = new Outage(logger, "registry", "this peer is not listed until it is back, the chat goes on");
    }

    /// <summary>Why a call failed, in words: the network's own, if it came to that.</summary>
    public static string Reason(RpcException e) => e.Status.DebugException?.GetBaseException().Message ?? $"{e.StatusCode}: {e.Status.Detail}";

    /// <summary>How this peer stands with the registry.</summary>
    public RegistryStatus Status => new(_registered is not null, Volatile.Read(ref _wanted), _lease, _failure);

    /// <summary>All that are registered, this peer among them.</summary>
    /// <exception cref="RpcException">The registry could not be asked.</exception>
    public async Task<ListResponse> ListMembersAsync(CancellationToken cancellationToken) =>
        await CallAsync(token => _client.ListAsync(new ListRequest(), cancellationToken: token), cancellationToken);

    /// <summary>Follows the registry: a snapshot, then every change. The caller disposes the call.</summary>
    public AsyncServerStreamingCall<WatchResponse> Watch(CancellationToken cancellationToken) =>
        _client.Watch(new WatchRequest(), cancellationToken: cancellationToken);

    /// <summary>Registers at once, and stays registered.</summary>
    /// <exception cref="RpcException">The registry could not be asked.</exception>
    public async Task RegisterAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            Volatile.Write(ref _wanted, true);
            _registered = null;
            await RenewOrRegisterAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The gossip addresses of all that are registered, this peer's own among them.</summary>
    /// <exception cref="RpcException">The registry could not be asked.</exception>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var list = await ListMembersAsync(cancellationToken);
        return [.. list.Members.Select(member => member.GossipAddress)];
    }

    /// <summary>Stays registered until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var untraced = Untraced.Begin("registry renewal");
        try
        {
            while (true)
            {
                await StepAsync(cancellationToken);
                await Task.Delay(_lease / RenewalsPerLease * (0.8 + (0.2 * _random.NextDouble())), _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way in which this ends.
        }
    }

    /// <summary>Removes this peer, if it was ever registered, and does not register it again until <see cref="RegisterAsync"/>.</summary>
    /// <exception cref="RpcException">The registry could not be asked; the lease runs out by itself.</exception>
    public async Task DeregisterAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            Volatile.Write(ref _wanted, false);
            if (_registered is { } registered)
            {
                await CallAsync(token => _client.DeregisterAsync(new DeregisterRequest { Id = registered.Id }, cancellationToken: token), cancellationToken);
                _registered = null;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _channel.Dispose();
        _turn.Dispose();
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_wanted)
            {
                await RenewOrRegisterAsync(cancellationToken);
                _outage.Succeeded();
            }
        }
        catch (RpcException e)
        {
            _outage.Failed(Reason(e));
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task RenewOrRegisterAsync(CancellationToken cancellationToken)
    {
        try
        {
            var member = _describe();
            if (!member.Equals(_registered) || !await RenewAsync(member.Id, cancellationToken))
            {
                var answer = await CallAsync(token => _client.RegisterAsync(new RegisterRequest { Member = member }, cancellationToken: token), cancellationToken);
                (_registered, _lease) = (member, answer.Lease.ToTimeSpan());
            }

            _failure = null;
        }
        catch (RpcException e)
        {
            _failure = Reason(e);
            throw;
        }
    }

    // False when the registry does not know this peer (any more).
    private async Task<bool> RenewAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await CallAsync(token => _client.RenewAsync(new RenewRequest { Id = id }, cancellationToken: token), cancellationToken);
            _lease = answer.Lease.ToTimeSpan();
            return true;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return false;
        }
    }

    // gRPC's own deadlines follow the system's clock, not the injected one.
    private async Task<T> CallAsync<T>(Func<CancellationToken, AsyncUnaryCall<T>> call, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(CallTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await call(linked.Token);
        }
        catch (RpcException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled && timeout.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"no answer within {CallTimeout.TotalSeconds} s"));
        }
    }
}

/// <summary>How this peer stands with the registry.</summary>
/// <param name="Registered">Whether it is registered, as far as it knows.</param>
/// <param name="Wanted">Whether it is to be: false after it was taken out by hand.</param>
/// <param name="Lease">How long a registration lasts without a renewal.</param>
/// <param name="Failure">Why the latest attempt failed; null when it succeeded.</param>
internal sealed record RegistryStatus(bool Registered, bool Wanted, TimeSpan Lease, string? Failure);
