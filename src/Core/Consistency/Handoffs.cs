using HybridSession.Expiration;

namespace HybridSession.Consistency;

/// <summary>
/// The questions to other nodes that have no answer yet. Requests that lack the same session ask once and wait together, and ask again after a moment. Thread-safe.
/// </summary>
internal sealed class Handoffs(PeerOutbox outbox, SessionClock clock)
{
    // Questions and answers may be lost: nobody is kept waiting for one that is.
    private const long AskAgainMs = 50;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, Question> _open = [];

    /// <summary>Asks a node to store what it has of a session.</summary>
    /// <param name="node">Who is asked.</param>
    /// <param name="key">The session.</param>
    /// <param name="rowVersion">The row's version, when it was asked before and the row did not change: a newer copy is to be written back. 0 the first time.</param>
    /// <returns>Completes with the answer; that is a reason to read the row again, and nothing more.</returns>
    public Task AskAsync(NodeId node, SessionKey key, long rowVersion)
    {
        TaskCompletionSource answer;
        lock (_lock)
        {
            if (_open.TryGetValue(key.PublicId, out var open) && open.Node == node && open.RowVersion == rowVersion && clock.NowMs - open.AskedMs < AskAgainMs) return open.Answer.Task;
            answer = open?.Answer ?? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _open[key.PublicId] = new Question(node, rowVersion, clock.NowMs, answer);
        }

        outbox.Tell(node, PeerNoticeKind.FlushRequest, new PeerItem(key.PublicId, rowVersion));
        return answer.Task;
    }

    /// <summary>Answers have come.</summary>
    public void Answered(PeerItem[] items)
    {
        foreach (var item in items) Close(item.Id);
    }

    /// <summary>Nobody is to wait for the answer any longer.</summary>
    public void GiveUp(SessionKey key) => Close(key.PublicId);

    private void Close(UInt128 id)
    {
        Question? question;
        lock (_lock)
            if (!_open.Remove(id, out question)) return;
        question.Answer.TrySetResult();
    }

    private sealed record Question(NodeId Node, long RowVersion, long AskedMs, TaskCompletionSource Answer);
}
