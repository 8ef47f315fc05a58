using System.Diagnostics.Metrics;

namespace HybridSession.Resilience.Site;

/// <summary>Listens to the product's meter as an operator's dashboard does. Only to that of one application: several sites may share a process.</summary>
internal sealed class StatsRecorder : IDisposable
{
    private readonly Lock _lock = new();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _gauges = [];
    private readonly Dictionary<string, long> _lost = [];
    private long _flushes;
    private long _flushFailures;

    public StatsRecorder(IMeterFactory factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "HybridSession" && ReferenceEquals(instrument.Meter.Scope, factory)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Gauge(instrument, value));
        _listener.SetMeasurementEventCallback<long>(OnLong);
        _listener.SetMeasurementEventCallback<double>(OnDouble);
        _listener.Start();
    }

    public SiteStats Read()
    {
        _listener.RecordObservableInstruments();
        lock (_lock)
        {
            return new SiteStats
            {
                DirtySessions = (long)_gauges.GetValueOrDefault("hybridsession.dirty.sessions"),
                DirtyBytes = (long)_gauges.GetValueOrDefault("hybridsession.dirty.bytes"),
                OldestAge = _gauges.GetValueOrDefault("hybridsession.dirty.oldest_age"),
                HotSessions = (long)_gauges.GetValueOrDefault("hybridsession.hot.sessions"),
                Flushes = _flushes,
                FlushFailures = _flushFailures,
                Lost = new Dictionary<string, long>(_lost),
            };
        }
    }

    public void Dispose() => _listener.Dispose();

    private void OnLong(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument.Name != "hybridsession.changes.lost")
        {
            Gauge(instrument, value);
            return;
        }

        var reason = TagOf(tags, "reason");
        lock (_lock) _lost[reason] = _lost.GetValueOrDefault(reason) + value;
    }

    private void OnDouble(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument.Name != "hybridsession.flush.duration")
        {
            Gauge(instrument, value);
            return;
        }

        var hasFailed = TagOf(tags, "outcome") == "failed";
        lock (_lock)
        {
            if (hasFailed) _flushFailures++;
            else _flushes++;
        }
    }

    private void Gauge(Instrument instrument, double value)
    {
        lock (_lock) _gauges[instrument.Name] = value;
    }

    private static string TagOf(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var tag in tags)
            if (tag.Key == name) return tag.Value as string ?? "";
        return "";
    }
}
