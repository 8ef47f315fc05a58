using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace HybridSession.Resilience.Site;

/// <summary>Keeps what the site logs, a line an event, and hands each line on as it comes.</summary>
internal sealed class SiteLog(Action<string>? echo) : ILoggerProvider
{
    // During an outage every refused request writes a line; the first ones tell the story.
    private const int MaxLines = 5_000;

    private readonly ConcurrentQueue<string> _lines = [];

    public IReadOnlyList<string> Lines => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Writer(this);

    public void Dispose()
    {
    }

    private void Add(string line)
    {
        if (_lines.Count >= MaxLines) return;
        _lines.Enqueue(line);
        echo?.Invoke(line);
    }

    private sealed class Writer(SiteLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            var cause = exception is null ? "" : $" <- {exception.GetType().Name}: {exception.Message}";
            log.Add($"{DateTime.UtcNow:HH:mm:ss.fff} {logLevel} {eventId.Name ?? "-"}: {formatter(state, exception)}{cause}".ReplaceLineEndings(" "));
        }
    }
}
