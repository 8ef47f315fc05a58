using System.Diagnostics.Metrics;

namespace HybridSession.Core.Tests.Doubles;

/// <summary>Makes the meters of one engine and keeps what they measure.</summary>
internal sealed class MeterRecorder : IMeterFactory
{
    private readonly Lock _lock = new();
    private readonly List<Meter> _meters = [];
    private readonly List<(string Instrument, double Value, string Tags)> _measurements = [];
    private readonly MeterListener _listener = new();

    public MeterRecorder()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            lock (_lock)
                if (_meters.Contains(instrument.Meter)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        lock (_lock) _meters.Add(meter);
        return meter;
    }

    /// <summary>The sum of what an instrument has measured with these tags, written as <c>name=value</c>.</summary>
    public double Sum(string instrument, string tags = "")
    {
        lock (_lock) return _measurements.Where(m => m.Instrument == instrument && m.Tags == tags).Sum(m => m.Value);
    }

    /// <summary>What a gauge shows now.</summary>
    public double Gauge(string instrument)
    {
        _listener.RecordObservableInstruments();
        lock (_lock) return _measurements.Last(m => m.Instrument == instrument).Value;
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var meter in _meters) meter.Dispose();
    }

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = string.Join(",", tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
        lock (_lock) _measurements.Add((instrument.Name, value, text));
    }
}
