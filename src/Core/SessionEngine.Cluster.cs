using HybridSession.Consistency;
using HybridSession.Diagnostics;
using HybridSession.Hot;

namespace HybridSession;

// Several nodes: what the client has seen and the row lacks, and what other nodes ask of this one.
internal sealed partial class SessionEngine
{
    // How long an answer is waited for before the row is looked at again: answers may be lost, and a node that cannot be asked stores by itself.
    private static readonly TimeSpan HandoffStep = TimeSpan.FromMilliseconds(50);

    // Of a node that cannot be asked, the row is looked at less and less often.
    private const int MaxHandoffSteps = 4;

    /// <summary>Other nodes may use the same sessions: clients are told what they have seen, and those that do not tell it are trusted less.</summary>
    public bool HasPeers => _cluster is { Peers.HasOthers: true };

    /// <summary>The stamp that a response of this node carries; none while it is alone.</summary>
    public SessionStamp StampOf(LiveSession session) => HasPeers ? SessionStamp.Of(session.Payload) : default;

    /// <summary>A lease whose token is cancelled when the session is removed or expires, on whichever node.</summary>
    public RemovalWatches.RemovalLease Watch(LiveSession session)
    {
        var lease = _watches.Add(session);
        // What other nodes said before anybody here watched, nobody is told.
        if (_cluster is { } cluster && cluster.IsMarked(session)) _ = ConfirmAsync(session).AsTask();
        return lease;
    }

    /// <summary>Perhaps another node has ended the session meanwhile; <see cref="ConfirmAsync"/> finds out.</summary>
    public bool MayHaveEnded(LiveSession session) => _cluster is { } cluster && cluster.MayHaveEnded(session);

    /// <summary>Ends the session here when its row is gone. False when that could not be found out.</summary>
    public async ValueTask<bool> ConfirmAsync(LiveSession session)
    {
        try
        {
            var result = await ReadAsync(session.Token, session.Key, session.TokenText, default, mustRead: true, CancellationToken.None).ConfigureAwait(false);
            // The object may have been evicted, and stand for nothing any more.
            if (result.Session is null) ShardOf(session.Key).End(session, result.Origin == SessionOrigin.Replaced ? SessionOrigin.Replaced : SessionOrigin.Removed, out _);
            return true;
        }
        catch (Exception failure) when (failure is BackingStoreException or OperationCanceledException)
        {
            // Whoever asked on behalf of another node is asked again by its next message, or by the link that comes back.
            Log.PeerNotAnswered(_logger, failure);
            return false;
        }
    }

    // Until the row holds what the client has seen, or nobody is left who could bring it.
    private async ValueTask<OpenResult> CatchUpAsync(SessionToken token, SessionKey key, string tokenText, SessionStamp stamp, LiveSession session, CancellationToken cancellationToken)
    {
        var cluster = _cluster!;
        if (SessionCluster.IsAbsurd(session, stamp)) return Use(session, SessionOrigin.Memory);

        var started = _clock.NowMs;
        var answered = 0;
        for (var step = 0; ; step++)
        {
            var state = await cluster.JudgeAsync(stamp.Node, look: step == 2).ConfigureAwait(false);
            var waited = TimeSpan.FromMilliseconds(_clock.NowMs - started);
            if (state is PeerState.Self or PeerState.Silent or PeerState.Gone) break;
            var isSettled = state != PeerState.Alive || answered >= 2;
            if (waited >= (isSettled ? cluster.Peers.StoringTime : cluster.HandoffTimeout))
            {
                if (!isSettled) cluster.Peers.WasSilent(stamp.Node);
                break;
            }

            // A stamp may be on its way a moment before its node knows that there is something to store.
            if (isSettled) await Task.Delay(HandoffStep * Math.Min(step + 1, MaxHandoffSteps), _clock.Time, cancellationToken).ConfigureAwait(false);

            if (state == PeerState.Alive && await IsAnsweredAsync(stamp.Node, key, answered == 0 ? 0 : session.BaseVersion, cancellationToken).ConfigureAwait(false)) answered++;

            var result = await ReadAsync(token, key, tokenText, stamp, mustRead: true, cancellationToken).ConfigureAwait(false);
            if (result.Session is not { } read) return result;
            session = read;
            if (!cluster.IsFresh(session, stamp)) continue;
            _metrics.HandedOff("caught_up", TimeSpan.FromMilliseconds(_clock.NowMs - started));
            return Use(session, result.Origin);
        }

        return GiveUp(session, stamp, isAnswered: answered > 0, TimeSpan.FromMilliseconds(_clock.NowMs - started));
    }

    private async ValueTask<bool> IsAnsweredAsync(NodeId node, SessionKey key, long rowVersion, CancellationToken cancellationToken)
    {
        try
        {
            await _cluster!.Handoffs.AskAsync(node, key, rowVersion).WaitAsync(HandoffStep, _clock.Time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    // What the client saw is late or lost. An empty change above it makes that one report, and whatever is changed from now on win over it.
    private OpenResult GiveUp(LiveSession session, SessionStamp stamp, bool isAnswered, TimeSpan waited)
    {
        _cluster!.Handoffs.GiveUp(session.Key);
        // A session remembers four nodes. What the node itself says is not missing has only been forgotten.
        var isForgotten = isAnswered && session.Payload.HasForgotten(stamp.Version);
        if (!session.IsWaived(stamp))
        {
            session.Waive(stamp);
            if (Options.Rules.LostChangesAreSurpassed) session = Lift(session, stamp.Version);
            session.Waive(stamp);
            _metrics.HandedOff(isForgotten ? "caught_up" : "lost", waited);
            if (!isForgotten) _cluster.ReportNotFound(session.Key, stamp.Node, waited);
        }

        return Use(session, isForgotten ? SessionOrigin.Memory : SessionOrigin.Lost);
    }

    private LiveSession Lift(LiveSession session, long above)
    {
        while (!session.IsEnded)
        {
            var before = session.Payload;
            if (!session.TryReplace(before, before.WithTip(NextVersion(session, before, above), Node))) continue;
            if (TryMarkDirty(ref session)) return session;
        }

        return session;
    }

    private Task FlushNowAsync(PeerItem item)
    {
        foreach (var shard in _shards)
            if (shard.FlushNow(item.Id) is { } stored) return stored;
        return item.Version > 0 && Options.Rules.NewerCopiesAreWrittenBack ? Task.Run(() => WriteBackAsync(item)) : Task.CompletedTask;
    }

    // The row is older than this node's copy, as after a fail-over to a standby that lagged; or it was written since by a node that had less, and the two are to be merged.
    private async Task WriteBackAsync(PeerItem item)
    {
        var found = _hot.Find(item.Id);
        if (found is null || found.IsEnded || found.BaseVersion == item.Version) return;
        if (found.BaseVersion > item.Version) found = Lift(found, found.BaseVersion);
        else await ConfirmAsync(found).ConfigureAwait(false);
        await ShardOf(found.Key).WaitUntilStored(found).ConfigureAwait(false);
    }

    private Task FlushAllAsync() => Task.WhenAll(_shards.Select(static shard => shard.FlushAll()));
}
