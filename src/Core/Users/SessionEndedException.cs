namespace HybridSession;

/// <summary>The session that the request began with was removed meanwhile: what was asked for is not done for another one in its place.</summary>
public sealed class SessionEndedException : InvalidOperationException
{
    /// <summary>A session that is over.</summary>
    public SessionEndedException()
    {
    }

    /// <summary>A session that is over.</summary>
    /// <param name="message">What was not done, and what to do.</param>
    public SessionEndedException(string message) : base(message)
    {
    }

    /// <summary>A session that is over.</summary>
    /// <param name="message">What was not done, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public SessionEndedException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
