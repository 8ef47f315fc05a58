namespace HybridSession.Resilience.Faults.Proxy;

/// <summary>A cut that waits for its connection.</summary>
internal sealed class ArmedCut(Cut cut)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = cut.Nth;

    public CutStage Stage => cut.Stage;

    /// <summary>Completes when the connection is cut.</summary>
    public Task Done => _done.Task;

    /// <summary>Counts a connection that comes to a stage; true for the one that is to be cut.</summary>
    public bool IsDueAt(CutStage stage) => stage == Anchor(Stage) && --_left == 0;

    public void Complete() => _done.TrySetResult();

    // What is cut later is recognised when the commit is sent.
    private static CutStage Anchor(CutStage stage) => stage is CutStage.CommitAnswered or CutStage.CommitAnswer ? CutStage.CommitSent : stage;
}
