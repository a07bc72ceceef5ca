using System.Diagnostics.Metrics;
using ChittyChat.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ChittyChat.Registry.Tests;

/// <summary>Sums up the counters of one registry, and waits for them.</summary>
internal sealed class MetricReader : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _sums = [];
    private readonly MeterListener _listener;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public MetricReader(IServiceProvider services)
    {
        // Other registries in this process have meters of the same name.
        var own = services.GetRequiredService<IMeterFactory>();
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == RegistryMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, own))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument.Name, value));
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument.Name, value));
        _listener.Start();
    }

    /// <summary>What was added to a counter so far.</summary>
    public long Sum(string name)
    {
        lock (_gate)
        {
            return _sums.GetValueOrDefault(name);
        }
    }

    /// <summary>What an observable gauge shows now; null when it shows nothing.</summary>
    public long? Observe(string gauge)
    {
        lock (_gate)
        {
            _sums.Remove(gauge);
        }

        _listener.RecordObservableInstruments();
        lock (_gate)
        {
            return _sums.TryGetValue(gauge, out var value) ? value : null;
        }
    }

    /// <summary>Waits until a counter has reached a value.</summary>
    public async Task WaitForAsync(string name, long value)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_sums.GetValueOrDefault(name) == value)
                {
                    return;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(Eventually.Limit);
            }
            catch (TimeoutException)
            {
                Assert.Fail($"{name} was {Sum(name)} for {Eventually.Limit.TotalSeconds} s; {value} was expected.");
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Add(string name, long value)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _sums[name] = _sums.GetValueOrDefault(name) + value;
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }
}
