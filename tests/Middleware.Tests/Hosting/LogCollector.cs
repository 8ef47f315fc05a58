using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace HybridSession.Middleware.Tests.Hosting;

/// <summary>Keeps every log line of every category, at every level.</summary>
internal sealed class LogCollector : ILoggerProvider
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    public IReadOnlyList<LogLine> Lines => [.. _lines];

    public IEnumerable<LogLine> Of(int eventId) => Lines.Where(l => l.EventId.Id == eventId && l.Category.StartsWith("HybridSession", StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _lines);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<LogLine> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(new LogLine(category, logLevel, eventId, formatter(state, exception) + exception, exception));
    }
}

internal sealed record LogLine(string Category, LogLevel Level, EventId EventId, string Text, Exception? Exception);
