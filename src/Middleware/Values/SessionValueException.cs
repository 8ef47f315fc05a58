namespace HybridSession.Middleware;

/// <summary>A value of a session is not what it was asked for as. Another version of the application, or a call with another type, has written it.</summary>
public sealed class SessionValueException : Exception
{
    internal SessionValueException(Type type, int length, string what)
        : base($"A session value was asked for as {type}, but its {length} bytes are not: {what}. Another version of the application, or a call with another type, has written it. Set it anew, or remove the key.") =>
        ValueType = type;

    /// <summary>What the value was asked for as.</summary>
    public Type ValueType { get; }
}
