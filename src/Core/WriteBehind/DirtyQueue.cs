using HybridSession.Hot;

namespace HybridSession.WriteBehind;

/// <summary>
/// A queue of sessions whose links are in the sessions themselves, so that one can leave from the middle at no cost. A session is in one such queue at most.
/// Not thread-safe.
/// </summary>
internal sealed class DirtyQueue
{
    private LiveSession? _last;

    /// <summary>The one that comes next; null when the queue is empty.</summary>
    public LiveSession? First { get; private set; }

    public int Count { get; private set; }

    public void AddLast(LiveSession session)
    {
        (session.Queue, session.PreviousDirty, session.NextDirty) = (this, _last, null);
        if (_last is null) First = session;
        else _last.NextDirty = session;
        _last = session;
        Count++;
    }

    public void AddFirst(LiveSession session)
    {
        (session.Queue, session.PreviousDirty, session.NextDirty) = (this, null, First);
        if (First is null) _last = session;
        else First.PreviousDirty = session;
        First = session;
        Count++;
    }

    public void Remove(LiveSession session)
    {
        if (session.PreviousDirty is { } previous) previous.NextDirty = session.NextDirty;
        else First = session.NextDirty;
        if (session.NextDirty is { } next) next.PreviousDirty = session.PreviousDirty;
        else _last = session.PreviousDirty;
        (session.Queue, session.PreviousDirty, session.NextDirty) = (null, null, null);
        Count--;
    }

    /// <summary>From the first to the last. The queue must not change meanwhile.</summary>
    public IEnumerable<LiveSession> All()
    {
        for (var session = First; session is not null; session = session.NextDirty) yield return session;
    }
}
