namespace HybridSession;

/// <summary>The user has <see cref="UserOptions.MaxSessionsPerUser"/> sessions already, and <see cref="UserOptions.AtLimit"/> refuses another one. The session is as it was.</summary>
public sealed class UserLimitException : InvalidOperationException
{
    /// <summary>A refused bind.</summary>
    public UserLimitException()
    {
    }

    /// <summary>A refused bind.</summary>
    /// <param name="message">The limit and its setting.</param>
    public UserLimitException(string message) : base(message)
    {
    }

    /// <summary>A refused bind.</summary>
    /// <param name="message">The limit and its setting.</param>
    /// <param name="innerException">The cause.</param>
    public UserLimitException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
