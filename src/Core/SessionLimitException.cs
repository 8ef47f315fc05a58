namespace HybridSession;

/// <summary>A change would take a session beyond <see cref="SessionEngineOptions.MaxPayloadBytes"/> or <see cref="SessionEngineOptions.MaxKeys"/>. The session is unchanged.</summary>
public sealed class SessionLimitException : InvalidOperationException
{
    /// <summary>A refused change.</summary>
    public SessionLimitException()
    {
    }

    /// <summary>A refused change.</summary>
    /// <param name="message">The limit, its setting and the value that broke it.</param>
    public SessionLimitException(string message) : base(message)
    {
    }

    /// <summary>A refused change.</summary>
    /// <param name="message">The limit, its setting and the value that broke it.</param>
    /// <param name="innerException">The cause.</param>
    public SessionLimitException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
