namespace HybridSession;

/// <summary>What a failure of the backing store means for the caller.</summary>
public enum BackingStoreFailure
{
    /// <summary>Will pass: lost connection, restart, deadlock. Retried.</summary>
    Transient,

    /// <summary>Not finished in time: the store is silent or slow, or the batch too large. A flush is tried again in smaller batches.</summary>
    Timeout,

    /// <summary>Connected to a server that cannot write (a standby, or one in recovery). Reconnected, then retried.</summary>
    WrongServer,

    /// <summary>Schema, privilege, credentials or database are missing or wrong. Nothing is discarded; an operator must act.</summary>
    Setup,

    /// <summary>The store refuses this very data. Retrying the same batch cannot succeed.</summary>
    Data,

    /// <summary>This process ran out of something of its own, such as connections of its pool; says nothing about the store.</summary>
    LocalPressure,

    /// <summary>Refused without an attempt, because the circuit is open after earlier failures.</summary>
    CircuitOpen,
}

/// <summary>A call to the backing store failed. The message names what failed and what to do, and never a token, a key, a payload or a password.</summary>
public sealed class BackingStoreException : Exception
{
    /// <summary>A failure of unknown kind; treated as transient.</summary>
    public BackingStoreException()
    {
    }

    /// <summary>A failure of unknown kind; treated as transient.</summary>
    public BackingStoreException(string message) : base(message)
    {
    }

    /// <summary>A failure of unknown kind; treated as transient.</summary>
    public BackingStoreException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>A classified failure.</summary>
    /// <param name="message">What failed, with which value of which setting, and what to do.</param>
    /// <param name="failure">The class of the failure.</param>
    /// <param name="outcomeUnknown">True when the store may have done what was asked, because the answer was lost.</param>
    /// <param name="innerException">The cause.</param>
    public BackingStoreException(string message, BackingStoreFailure failure, bool outcomeUnknown, Exception? innerException) : base(message, innerException)
    {
        Failure = failure;
        OutcomeUnknown = outcomeUnknown;
    }

    /// <summary>The class of the failure.</summary>
    public BackingStoreFailure Failure { get; }

    /// <summary>True when the call may have taken effect: its answer was lost.</summary>
    public bool OutcomeUnknown { get; }

    /// <summary>True when the same call may succeed later without anybody's help.</summary>
    public bool IsTransient => Failure is BackingStoreFailure.Transient or BackingStoreFailure.Timeout or BackingStoreFailure.WrongServer or BackingStoreFailure.LocalPressure or BackingStoreFailure.CircuitOpen;
}
