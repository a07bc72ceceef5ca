using System.Diagnostics.Metrics;

namespace ChittyChat.Dashboard;

internal sealed class DashboardMetrics : IDisposable
{
    public const string MeterName = "ChittyChat.Dashboard";

    private readonly Meter _meter;
    private readonly Counter<long> _watchesEnded;

    public DashboardMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _watchesEnded = _meter.CreateCounter<long>(
            "chittychat.dashboard.watches.ended", "{watch}", "Watches of the registry or of a peer that ended or could not begin.");
    }

    public void WatchEnded() => _watchesEnded.Add(1);

    public void Dispose() => _meter.Dispose();
}
