namespace HybridSession;

/// <summary>So much waits to be stored that the engine takes no more (<see cref="SessionEngineOptions.MaxDirtyBytes"/>). The session's change is in memory; the request should be answered with 503.</summary>
public sealed class SessionBacklogFullException : Exception
{
    /// <summary>A full backlog.</summary>
    public SessionBacklogFullException()
    {
    }

    /// <summary>A full backlog.</summary>
    /// <param name="message">How full, since when, and what to do.</param>
    public SessionBacklogFullException(string message) : base(message)
    {
    }

    /// <summary>A full backlog.</summary>
    /// <param name="message">How full, since when, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public SessionBacklogFullException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
