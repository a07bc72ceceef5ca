using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ChittyChat.Bootstrap;

/// <summary>The meter <c>ChittyChat.Bootstrap</c>.</summary>
internal sealed class BootstrapMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _joins;
    private readonly Counter<long> _refills;
    private readonly Counter<long> _renewals;
    private readonly Counter<long> _departures;
    private readonly Counter<long> _conflicts;
    private readonly Counter<long> _failures;
    private int _contacts;

    public BootstrapMetrics(IMeterFactory factory)
    {
        _meter = factory.Create("ChittyChat.Bootstrap");
        _meter.CreateObservableGauge("bootstrap.contacts", () => Volatile.Read(ref _contacts), "{contact}", "Contacts on the list when it was last used.");
        _joins = _meter.CreateCounter<long>("bootstrap.joins", "{request}", "Joins, by outcome.");
        _refills = _meter.CreateCounter<long>("bootstrap.refills", "{request}", "Refills, by outcome.");
        _renewals = _meter.CreateCounter<long>("bootstrap.renewals", "{request}", "Renewals, by outcome.");
        _departures = _meter.CreateCounter<long>("bootstrap.departures", "{contact}", "Contacts that went off the list, by reason.");
        _conflicts = _meter.CreateCounter<long>("bootstrap.store.conflicts", "{write}", "Writes that another writer of the same store forestalled.");
        _failures = _meter.CreateCounter<long>("bootstrap.store.failures", "{request}", "Requests that failed because the store was unavailable.");
    }

    public void Contacts(int count) => Volatile.Write(ref _contacts, count);

    public void Joined(Verdict outcome) => _joins.Add(1, Tag("outcome", Name(outcome)));

    public void Refilled(Verdict outcome) => _refills.Add(1, Tag("outcome", Name(outcome)));

    public void RenewedLease(Verdict outcome) => _renewals.Add(1, Tag("outcome", Name(outcome)));

    public void Departed(string reason) => _departures.Add(1, Tag("reason", reason));

    public void StoreConflict() => _conflicts.Add(1);

    public void StoreFailed() => _failures.Add(1);

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);

    private static string Name(Verdict verdict) => verdict switch
    {
        Verdict.Added => "added",
        Verdict.Renewed => "renewed",
        Verdict.Replaced => "replaced",
        Verdict.Full => "full",
        Verdict.NotOlder => "not_older",
        Verdict.TooFewMembers => "too_few_members",
        Verdict.NotListed => "not_listed",
        Verdict.WrongToken => "wrong_token",
        _ => throw new UnreachableException($"{verdict} is no outcome of a join, refill or renewal."),
    };
}
