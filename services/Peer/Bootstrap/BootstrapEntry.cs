using ChittyChat.BootstrapApi;
using ChittyChat.Peer.Lifecycle;

namespace ChittyChat.Peer.Bootstrap;

/// <summary>This peer at the bootstrap service: asks it whom to contact, and stays on its list for others. What a person does by hand takes turns with that.</summary>
internal sealed class BootstrapEntry : IDisposable
{
    private readonly HttpClient _http = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly EntryPoint _self;
    private readonly EntryPointKeeper _keeper;
    private readonly Func<int> _countMembers;
    private readonly TimeProvider _time;
    private readonly Outage _outage;
    private readonly string _token = ContactToken.Create();
    private readonly long _startedAt;
    private CancellationTokenSource? _keeping;
    private Task _kept = Task.CompletedTask;
    private CancellationToken _running = new(canceled: true);

    /// <param name="service">The service's address.</param>
    /// <param name="self">What newcomers are told about this peer.</param>
    /// <param name="countMembers">Gives the number of members that are alive, this peer included.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Spreads the waits; not used elsewhere.</param>
    /// <param name="logger">Is told when the service is lost and when it is back.</param>
    public BootstrapEntry(Uri service, EntryPoint self, Func<int> countMembers, TimeProvider time, Random random, ILogger logger)
    {
        (_self, _countMembers, _time, _startedAt) = (self, countMembers, time, time.GetTimestamp());
        Client = new BootstrapClient(_http, service, new Random(random.Next()), options: null, time);
        _keeper = new EntryPointKeeper(Client, self, countMembers, time, random, _token);
        _outage = new Outage(logger, "bootstrap service", "running peers are not affected");
        _keeper.Changed += OnChanged;
    }

    /// <summary>Calls the service.</summary>
    public BootstrapClient Client { get; }

    /// <summary>This peer's id on the list.</summary>
    public string Id => _self.Id;

    /// <summary>How the peer stands with the service.</summary>
    public EntryPointStatus Status => _keeper.Status;

    /// <summary>Addresses from the service's latest list, this peer's own among them perhaps; empty when there never was a list.</summary>
    public IEnumerable<string> Contacts => _keeper.Status.List?.Contacts.Select(contact => contact.Address) ?? [];

    /// <summary>Asks for the list, and to be put on it, and from then on stays on it.</summary>
    /// <exception cref="BootstrapException">The service could not be asked.</exception>
    public async Task<EntryPointStatus> JoinAsync(CancellationToken cancellationToken)
    {
        await ByHandAsync(async () => await _keeper.JoinAsync(cancellationToken), keep: true, cancellationToken);
        return Status;
    }

    /// <summary>Takes this peer off the list, and does not offer it again until <see cref="JoinAsync"/> or <see cref="RefillAsync"/>.</summary>
    /// <exception cref="BootstrapException">The service could not be asked; the lease runs out by itself.</exception>
    public Task LeaveAsync(CancellationToken cancellationToken) => ByHandAsync(() => _keeper.LeaveAsync(cancellationToken), keep: false, cancellationToken);

    /// <summary>Offers this peer as an entry point at once, which it otherwise does about once a lease while it is off the list.</summary>
    /// <exception cref="BootstrapException">The service could not be asked.</exception>
    public async Task<RefillResponse> RefillAsync(CancellationToken cancellationToken)
    {
        RefillResponse? refill = null;
        await ByHandAsync(
            async () => refill = await Client.RefillAsync(
                new RefillRequest
                {
                    Id = _self.Id,
                    Name = _self.Name,
                    Address = _self.Address,
                    UptimeSeconds = _time.GetElapsedTime(_startedAt).TotalSeconds,
                    Members = _countMembers(),
                },
                _token,
                cancellationToken),
            keep: true,
            cancellationToken);
        return refill!;
    }

    /// <summary>Stays on the list until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var untraced = Untraced.Begin("bootstrap renewal");
        await _turn.WaitAsync(CancellationToken.None);
        _running = cancellationToken;
        Keep();
        _turn.Release();
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The way in which this ends.
        }

        await _turn.WaitAsync(CancellationToken.None);
        await StopKeepingAsync();
        _turn.Release();
    }

    public void Dispose()
    {
        _keeping?.Dispose();
        _turn.Dispose();
        _http.Dispose();
    }

    private async Task ByHandAsync(Func<Task> call, bool keep, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await StopKeepingAsync();
            try
            {
                await call();
            }
            finally
            {
                if (keep && !_running.IsCancellationRequested)
                {
                    Keep();
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Keep()
    {
        _keeping = CancellationTokenSource.CreateLinkedTokenSource(_running);
        _kept = _keeper.RunAsync(_keeping.Token);
    }

    private async Task StopKeepingAsync()
    {
        if (_keeping is { } keeping)
        {
            await keeping.CancelAsync();
            await _kept;
            keeping.Dispose();
            _keeping = null;
        }
    }

    private void OnChanged(EntryPointStatus status)
    {
        if (status.Failure is not { } failure || failure.Failure is BootstrapFailure.NotFound)
        {
            // "Not on the list" is an answer, and a place is found again by itself.
            _outage.Succeeded();
        }
        else
        {
            _outage.Failed(failure.Message);
        }
    }
}
