using Microsoft.Extensions.Logging;

namespace HybridSession.Core.Tests.Doubles;

/// <summary>Keeps what an engine logs, exceptions with their causes included.</summary>
internal sealed class LogRecorder : ILogger<SessionEngine>
{
    private readonly Lock _lock = new();
    private readonly List<(EventId Id, LogLevel Level, string Text)> _lines = [];

    public IReadOnlyList<(EventId Id, LogLevel Level, string Text)> Lines
    {
        get
        {
            lock (_lock) return [.. _lines];
        }
    }

    public IEnumerable<string> Of(int id) => Lines.Where(line => line.Id.Id == id).Select(line => line.Text);

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lock) _lines.Add((eventId, logLevel, $"{formatter(state, exception)} {exception}"));
    }
}
