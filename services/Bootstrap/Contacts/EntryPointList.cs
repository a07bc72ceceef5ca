using System.Collections.Immutable;
using System.Threading.RateLimiting;
using ChittyChat.BootstrapApi;
using Microsoft.Extensions.Options;

namespace ChittyChat.Bootstrap;

/// <summary>The list as the endpoints use it: reads the book, lets it decide, and writes what changed, each as one atomic step.</summary>
/// <remarks>
/// The requests of this process take turns, because turns that ran side by side would only forestall each other at the store. At most
/// <see cref="MaxWaiting"/> wait, each for at most <see cref="MaxWait"/>; beyond that the answer is "unavailable".
/// </remarks>
internal sealed class EntryPointList : IDisposable
{
    private const int MaxWaiting = 1000;

    // Another instance of the service, with the same store, may come first every now and then, but not so often in a row.
    private const int MaxAttempts = 20;

    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrencyLimiter _turns = new(new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = MaxWaiting });
    private readonly IContactStore _store;
    private readonly BootstrapConfig _initialConfig;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly BootstrapMetrics _metrics;
    private readonly ILogger<EntryPointList> _logger;
    private bool _storeLost;

    public EntryPointList(
        IContactStore store, IOptions<BootstrapOptions> options, TimeProvider time, Random random, BootstrapMetrics metrics, ILogger<EntryPointList> logger)
    {
        (_store, _time, _random, _metrics, _logger) = (store, time, random, metrics, logger);
        _initialConfig = options.Value.InitialConfig;
    }

    /// <summary>The clock of the leases, in whole milliseconds so that every store keeps the same time.</summary>
    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());

    public async Task<Change> JoinAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        var change = await DecideAsync((book, now) => book.Join(candidate, now), cancellationToken);
        _metrics.Joined(change.Verdict);
        return change;
    }

    public async Task<Change> RefillAsync(Candidate candidate, int members, CancellationToken cancellationToken)
    {
        var change = await DecideAsync((book, now) => book.Refill(candidate, members, now), cancellationToken);
        _metrics.Refilled(change.Verdict);
        return change;
    }

    public async Task<Change> RenewAsync(string id, TokenHash token, CancellationToken cancellationToken)
    {
        var change = await DecideAsync((book, now) => book.Renew(id, token, now), cancellationToken);
        _metrics.RenewedLease(change.Verdict);
        return change;
    }

    public Task<Change> LeaveAsync(string id, TokenHash? token, CancellationToken cancellationToken) =>
        DecideAsync((book, _) => book.Leave(id, token), cancellationToken);

    public async Task<Change> ConfigureAsync(BootstrapConfig config, CancellationToken cancellationToken)
    {
        var change = await DecideAsync((book, _) => book.Configure(config), cancellationToken);
        _logger.Configured(config.MaxPeers, config.MinRefillCandidates, config.LeaseSeconds);
        return change;
    }

    public Task<Change> ResetAsync(CancellationToken cancellationToken) => DecideAsync((book, _) => book.Reset(), cancellationToken);

    /// <summary>Reads the list. Contacts whose lease ran out are gone from it, and from the store.</summary>
    public Task<Change> ReadAsync(CancellationToken cancellationToken) => DecideAsync((book, _) => new Change(book, Verdict.Read), cancellationToken);

    public void Dispose() => _turns.Dispose();

    /// <exception cref="StoreUnavailableException">The store cannot be used; nothing is known about the list.</exception>
    private async Task<Change> DecideAsync(Func<ContactBook, DateTimeOffset, Change> decide, CancellationToken cancellationToken)
    {
        try
        {
            using var turn = await WaitForTurnAsync(cancellationToken);
            var (change, lapsed) = await DecideInTurnAsync(decide, cancellationToken);
            Report(change, lapsed);
            return change;
        }
        catch (StoreUnavailableException e)
        {
            _metrics.StoreFailed();
            if (!Interlocked.Exchange(ref _storeLost, true))
            {
                _logger.StoreLost(e.Message);
            }

            throw;
        }
    }

    private async Task<RateLimitLease> WaitForTurnAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(MaxWait, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var turn = await _turns.AcquireAsync(1, either.Token);
            if (turn.IsAcquired)
            {
                return turn;
            }

            turn.Dispose();
            throw new StoreUnavailableException($"{MaxWaiting} requests wait for the store already. Try again later.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException($"The store was busy for {MaxWait.TotalSeconds} s. Try again later.");
        }
    }

    private async Task<(Change Change, ImmutableArray<StoredContact> Lapsed)> DecideInTurnAsync(
        Func<ContactBook, DateTimeOffset, Change> decide, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var now = Now;
            var stored = await _store.ReadAsync(cancellationToken);
            var book = stored?.Book ?? new ContactBook(_initialConfig, []);
            var pruned = book.WithoutLapsed(now);
            var change = decide(pruned.Book, now);
            if (ReferenceEquals(change.Book, book) || await _store.TryWriteAsync(new StoredBook((stored?.Version ?? 0) + 1, change.Book), cancellationToken))
            {
                return (change, pruned.Removed);
            }

            _metrics.StoreConflict();
            await Task.Delay(_random.NextDouble() * MaxPause, _time, cancellationToken);
        }

        throw new StoreUnavailableException($"Other writers of the store came first {MaxAttempts} times in a row. Try again later.");
    }

    private void Report(Change change, ImmutableArray<StoredContact> lapsed)
    {
        if (Interlocked.Exchange(ref _storeLost, false))
        {
            _logger.StoreBack();
        }

        _metrics.Contacts(change.Book.Contacts.Length);
        foreach (var contact in lapsed)
        {
            Departed(contact, "lapsed");
        }

        foreach (var contact in change.Removed)
        {
            Departed(contact, change.Verdict switch { Verdict.Replaced => "replaced", Verdict.Configured => "shrunk", Verdict.Reset => "reset", _ => "left" });
        }

        if (change is { Verdict: Verdict.Added or Verdict.Replaced, Contact: { } added })
        {
            _logger.Added(added.Id, added.Name, added.Address);
        }
    }

    private void Departed(StoredContact contact, string reason)
    {
        _metrics.Departed(reason);
        _logger.Departed(contact.Id, contact.Name, reason);
    }
}
