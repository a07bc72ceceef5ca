using System.Diagnostics.Metrics;

namespace ChittyChat.Registry;

internal sealed class RegistryMetrics : IDisposable
{
    public const string MeterName = "ChittyChat.Registry";

    private readonly Meter _meter;
    private readonly Counter<long> _registrations;
    private readonly Counter<long> _renewals;
    private readonly Counter<long> _deregistrations;
    private readonly Counter<long> _expiries;
    private readonly Counter<long> _slowWatchers;
    private readonly Counter<long> _storeFailures;
    private readonly UpDownCounter<long> _watchers;

    // Negative while unknown: no measurement is better than an old one.
    private int _members = -1;

    public RegistryMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _registrations = _meter.CreateCounter<long>("registry.registrations", "{registration}", "Members written, new or again.");
        _renewals = _meter.CreateCounter<long>("registry.renewals", "{renewal}", "Leases extended.");
        _deregistrations = _meter.CreateCounter<long>("registry.deregistrations", "{deregistration}", "Calls that took a member off.");
        _expiries = _meter.CreateCounter<long>("registry.expiries", "{expiry}", "Leases that ran out, as seen by this instance.");
        _slowWatchers = _meter.CreateCounter<long>("registry.watchers.dropped", "{watcher}", "Watchers that were ended because they read too slowly.");
        _storeFailures = _meter.CreateCounter<long>("registry.store.failures", "{call}", "Calls of the store that failed or were given up.");
        _watchers = _meter.CreateUpDownCounter<long>("registry.watchers", "{watcher}", "Open Watch calls.");
        _meter.CreateObservableGauge("registry.members", ObserveMembers, "{member}", "Members whose lease has not run out; nothing while the store is away.");
    }

    public void Registered() => _registrations.Add(1);

    public void Renewed() => _renewals.Add(1);

    public void Deregistered() => _deregistrations.Add(1);

    public void Expired() => _expiries.Add(1);

    public void WatcherAdded() => _watchers.Add(1);

    public void WatcherRemoved() => _watchers.Add(-1);

    public void WatchersTooSlow(int count) => _slowWatchers.Add(count);

    public void StoreFailed() => _storeFailures.Add(1);

    public void MembersKnown(int count) => Volatile.Write(ref _members, count);

    public void MembersUnknown() => Volatile.Write(ref _members, -1);

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<int>> ObserveMembers() =>
        Volatile.Read(ref _members) is var members and >= 0 ? [new Measurement<int>(members)] : [];
}
