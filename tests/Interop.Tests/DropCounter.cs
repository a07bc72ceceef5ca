using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ChittyChat.Interop.Tests;

/// <summary>What our nodes of this process have dropped, by node and reason.</summary>
internal sealed class DropCounter : IDisposable
{
    private readonly ConcurrentDictionary<(string Node, string Reason), long> _drops = new();
    private readonly MeterListener _listener = new();

    public DropCounter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "ChittyChat.Membership" && instrument.Name == "memberlist.dropped")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            _drops.AddOrUpdate(((string)instrument.Meter.Tags!.Single().Value!, (string)tags[0].Value!), value, (_, sum) => sum + value));
        _listener.Start();
    }

    public long Of(string node, string reason) => _drops.GetValueOrDefault((node, reason));

    public void Dispose() => _listener.Dispose();
}
