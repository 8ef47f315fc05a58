using HybridSession.Postgres.Failures;

namespace HybridSession.Postgres;

/// <summary>How far one call has come, so that a failure can say whether anything may have been stored.</summary>
internal sealed class CallProgress
{
    private enum Stage
    {
        NothingChanged,
        InDoubt,
        Changed,
    }

    private Stage _stage;

    /// <summary>From here on a lost answer leaves the outcome open.</summary>
    public void Sending()
    {
        if (_stage == Stage.NothingChanged) _stage = Stage.InDoubt;
    }

    /// <summary>The server said that it is done; what fails from here on fails after the fact.</summary>
    public void Committed() => _stage = Stage.Changed;

    /// <summary>The server said that it changed nothing.</summary>
    public void ChangedNothing() => _stage = Stage.NothingChanged;

    /// <summary>True when rows may have changed although the call failed with <paramref name="exception"/>.</summary>
    public bool IsOutcomeUnknown(Exception exception) => _stage switch
    {
        Stage.Changed => true,
        Stage.InDoubt => SqlStateClassifier.IsOutcomeUnknown(exception),
        _ => false,
    };
}
