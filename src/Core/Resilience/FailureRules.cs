using Polly.Timeout;

namespace HybridSession.Resilience;

/// <summary>What a failed attempt says about the store, and whether the same call may be made again. Pure.</summary>
internal static class FailureRules
{
    /// <summary>True for what counts towards opening the circuit. Refused data and pressure of this process say nothing about the store.</summary>
    public static bool SaysTheStoreIsAway(Exception? exception) => exception switch
    {
        TimeoutRejectedException => true,
        BackingStoreException { Failure: BackingStoreFailure.Transient or BackingStoreFailure.Timeout or BackingStoreFailure.WrongServer or BackingStoreFailure.Setup } => true,
        _ => false,
    };

    /// <summary>True when the same call may be made once more.</summary>
    /// <param name="exception">How the attempt ended.</param>
    /// <param name="kind">What was called.</param>
    public static bool MayRepeat(Exception? exception, CallKind kind) => exception switch
    {
        // A load may have met a connection that died in silence. A flush may be too large: its batch is divided instead.
        TimeoutRejectedException or BackingStoreException { Failure: BackingStoreFailure.Timeout } => kind == CallKind.Load,
        BackingStoreException { Failure: BackingStoreFailure.CircuitOpen } => false,
        BackingStoreException failure => failure.IsTransient && (!failure.OutcomeUnknown || kind != CallKind.WriteOnce),
        _ => false,
    };
}

/// <summary>What a call does, as far as its repetition is concerned.</summary>
internal enum CallKind
{
    /// <summary>Reads only.</summary>
    Load,

    /// <summary>Writes what may be written twice.</summary>
    Write,

    /// <summary>Writes what must not be written again while the outcome of an earlier attempt is unknown: births and the change of a token.</summary>
    WriteOnce,
}
