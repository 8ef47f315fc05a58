namespace HybridSession.LocalPostgres;

/// <summary>No PostgreSQL could be provided; the message says what to do.</summary>
public sealed class LocalPostgresException : Exception
{
    /// <summary>With a message and, where there is one, the cause.</summary>
    public LocalPostgresException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
