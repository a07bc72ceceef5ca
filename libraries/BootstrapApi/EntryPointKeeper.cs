namespace ChittyChat.BootstrapApi;

/// <summary>
/// Keeps one peer's place among the entry points: joins, renews the lease, and offers the peer again when it is not on the list. It outlives every
/// failure of the service. One instance per session of a peer; its methods are not to be called at the same time, but the status may be read from any thread.
/// </summary>
/// <remarks>
/// All waits are spread at random, so that peers which lost their places at the same moment (a reset, a restarted service) do not all
/// come back at the same moment.
/// </remarks>
public sealed class EntryPointKeeper
{
    // Until the service has said how long its leases are.
    private static readonly TimeSpan AssumedLease = TimeSpan.FromSeconds(30);

    // A lease survives two renewals that fail.
    private const int RenewalsPerLease = 3;

    private readonly BootstrapClient _client;
    private readonly EntryPoint _self;
    private readonly Func<int> _countMembers;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly string _token;
    private readonly long _startedAt;
    private EntryPointStatus _status = new(Listed: false, List: null, Failure: null);

    /// <summary>Makes a keeper; nothing is sent yet. The peer's uptime counts from here.</summary>
    /// <param name="client">Calls the service.</param>
    /// <param name="self">The peer.</param>
    /// <param name="countMembers">Gives the number of live members that the peer sees, itself included. Called from <see cref="RunAsync"/>.</param>
    /// <param name="time">Times the renewals.</param>
    /// <param name="random">Spreads the waits; not to be used elsewhere at the same time.</param>
    /// <param name="token">The peer's secret; null to make one.</param>
    public EntryPointKeeper(BootstrapClient client, EntryPoint self, Func<int> countMembers, TimeProvider time, Random random, string? token = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(self);
        ArgumentNullException.ThrowIfNull(countMembers);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(random);
        (_client, _self, _countMembers, _time, _random) = (client, self, countMembers, time, random);
        _token = token ?? ContactToken.Create();
        _startedAt = time.GetTimestamp();
    }

    /// <summary>Tells of every answer and every failure, one at a time, from the task that made the call. A handler must not throw.</summary>
    public event Action<EntryPointStatus>? Changed;

    /// <summary>How the peer stands with the service.</summary>
    public EntryPointStatus Status => Volatile.Read(ref _status);

    /// <summary>Joins: gives the list, and puts the peer on it if there is room.</summary>
    /// <exception cref="BootstrapException">The service could not be asked; <see cref="RunAsync"/> will go on trying.</exception>
    public async Task<ContactList> JoinAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var joined = await _client.JoinAsync(
                _self.Id, new JoinRequest { Name = _self.Name, Address = _self.Address, UptimeSeconds = UptimeSeconds }, _token, cancellationToken)
                .ConfigureAwait(false);
            Publish(new(joined.Stored, joined.List, Failure: null));
            return joined.List;
        }
        catch (BootstrapException e)
        {
            Publish(Status with { Failure = e });
            throw;
        }
    }

    /// <summary>
    /// Keeps the place until cancelled, then returns: on the list, renews every third of a lease; off the list, offers the peer about once a lease, and only if
    /// it sees <see cref="BootstrapConfig.MinRefillCandidates"/> members or the list is empty. Works also without a <see cref="JoinAsync"/> before it.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(NextDelay(), _time, cancellationToken).ConfigureAwait(false);
                await StepAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way in which this ends.
        }
    }

    /// <summary>Takes the peer off the list, when it is on it. Cancel and await <see cref="RunAsync"/> first.</summary>
    /// <exception cref="BootstrapException">The service could not be asked; the lease will run out by itself.</exception>
    public async Task LeaveAsync(CancellationToken cancellationToken = default)
    {
        if (Status.Listed)
        {
            await _client.LeaveAsync(_self.Id, _token, cancellationToken).ConfigureAwait(false);
            Publish(Status with { Listed = false });
        }
    }

    private double UptimeSeconds => _time.GetElapsedTime(_startedAt).TotalSeconds;

    private TimeSpan NextDelay()
    {
        var status = Status;
        var lease = status.List is { } list ? TimeSpan.FromSeconds(list.Config.LeaseSeconds) : AssumedLease;
        return status switch
        {
            { Listed: true } => lease / RenewalsPerLease * Between(0.8, 1),
            // Just lost the place, or the service does not answer or never did: soon, but not all peers at once.
            { Failure: not null } or { List: null } => lease / RenewalsPerLease * Between(0.1, 1),
            _ => lease * Between(0.5, 1.5),
        };
    }

    private double Between(double least, double most) => least + ((most - least) * _random.NextDouble());

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        try
        {
            Publish(Status.Listed ? await RenewAsync(cancellationToken).ConfigureAwait(false) : await OfferAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (BootstrapException e)
        {
            // Only the service can say that the place is lost; while it is away, the lease may well be in force.
            var listed = Status.Listed && e.Failure is not (BootstrapFailure.NotFound or BootstrapFailure.Refused);
            Publish(Status with { Listed = listed, Failure = e });
        }
    }

    private async Task<EntryPointStatus> RenewAsync(CancellationToken cancellationToken)
    {
        var renewed = await _client.RenewAsync(_self.Id, _token, cancellationToken).ConfigureAwait(false);
        return new(Listed: true, renewed.List, Failure: null);
    }

    private async Task<EntryPointStatus> OfferAsync(CancellationToken cancellationToken)
    {
        // The list first: it has the rules as they are now, and the contacts, which the peer may not know yet.
        var list = await _client.ListAsync(cancellationToken).ConfigureAwait(false);
        var members = _countMembers();
        if (list.Contacts.Count > 0 && members < list.Config.MinRefillCandidates)
        {
            return new(Listed: false, list, Failure: null);
        }

        var refill = await _client.RefillAsync(
            new RefillRequest { Id = _self.Id, Name = _self.Name, Address = _self.Address, UptimeSeconds = UptimeSeconds, Members = members }, _token, cancellationToken)
            .ConfigureAwait(false);
        var listed = refill.Outcome is RefillOutcome.Added or RefillOutcome.Renewed or RefillOutcome.Replaced;
        return new(listed, refill.List, Failure: null);
    }

    private void Publish(EntryPointStatus status)
    {
        Volatile.Write(ref _status, status);
        Changed?.Invoke(status);
    }
}
