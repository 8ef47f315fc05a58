namespace HybridSession.Consistency;

/// <summary>Tells the other nodes what was stored and removed, when it is done: by whatever part of this node. Not while this node is alone.</summary>
internal sealed class AnnouncingBackingStore(ISessionBackingStore inner, SessionCluster cluster) : DelegatingBackingStore(inner)
{
    public override async ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken)
    {
        try
        {
            var outcomes = await Inner.FlushAsync(batch, cancellationToken).ConfigureAwait(false);
            Announce(batch, outcomes);
            return outcomes;
        }
        catch (Exception failure) when (MayHaveHappened(failure))
        {
            Announce(batch, null);
            throw;
        }
    }

    public override async ValueTask<bool> RemoveAsync(SessionKey key, CancellationToken cancellationToken)
    {
        bool existed;
        try
        {
            existed = await Inner.RemoveAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Its copies are read again, which is what a removal wants.
            if (cluster.Peers.HasOthers) cluster.Outbox.Announce(PeerNoticeKind.Removed, [key]);
            throw;
        }

        await cluster.TellAllAsync(PeerNoticeKind.Removed, key).ConfigureAwait(false);
        return existed;
    }

    public override async ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken)
    {
        // First, so that a node that finds no row knows why: a client is not given another session for that.
        await cluster.TellAllAsync(PeerNoticeKind.Replacing, oldKey).ConfigureAwait(false);
        FlushOutcome outcome;
        try
        {
            outcome = await Inner.RekeyAsync(oldKey, baseVersion, replacement, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (MayHaveHappened(failure))
        {
            if (cluster.Peers.HasOthers) cluster.Outbox.Announce(PeerNoticeKind.Replaced, [oldKey]);
            throw;
        }

        // And afterwards, so that nobody answers with the old token any more when the client gets the new one.
        if (outcome.Kind == FlushOutcomeKind.Written) await cluster.TellAllAsync(PeerNoticeKind.Replaced, oldKey).ConfigureAwait(false);
        return outcome;
    }

    public override async ValueTask<BindOutcome> BindAsync(SessionBinding binding, CancellationToken cancellationToken)
    {
        BindOutcome outcome;
        try
        {
            outcome = await Inner.BindAsync(binding, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (MayHaveHappened(failure))
        {
            AnnounceAll();
            throw;
        }

        if (outcome.Kind == BindOutcomeKind.Bound && cluster.Peers.HasOthers) cluster.Outbox.Announce(PeerNoticeKind.Changed, [binding.Write.Key]);
        await cluster.TellAllAsync(PeerNoticeKind.Removed, outcome.Dropped).ConfigureAwait(false);
        return outcome;
    }

    public override ValueTask<IReadOnlyList<SessionKey>> RemoveByUserAsync(string userId, string? except, CancellationToken cancellationToken) =>
        TellRemovedAsync(Inner.RemoveByUserAsync(userId, except, cancellationToken));

    public override ValueTask<IReadOnlyList<SessionKey>> RemoveByPublicIdAsync(string publicId, CancellationToken cancellationToken) =>
        TellRemovedAsync(Inner.RemoveByPublicIdAsync(publicId, cancellationToken));

    private async ValueTask<IReadOnlyList<SessionKey>> TellRemovedAsync(ValueTask<IReadOnlyList<SessionKey>> removing)
    {
        IReadOnlyList<SessionKey> removed;
        try
        {
            removed = await removing.ConfigureAwait(false);
        }
        catch (Exception failure) when (MayHaveHappened(failure))
        {
            AnnounceAll();
            throw;
        }

        await cluster.TellAllAsync(PeerNoticeKind.Removed, removed).ConfigureAwait(false);
        return removed;
    }

    // Which sessions are gone, if any, nobody knows: all copies are read once more, here too.
    private void AnnounceAll()
    {
        cluster.Marks.MarkAll();
        if (cluster.Peers.HasOthers) cluster.Outbox.Announce(PeerNoticeKind.AllChanged);
    }

    private static bool MayHaveHappened(Exception failure) => failure is BackingStoreException { OutcomeUnknown: true } or OperationCanceledException;

    // A new session is in nobody's memory.
    private void Announce(IReadOnlyList<SessionWrite> batch, FlushOutcome[]? outcomes)
    {
        if (!cluster.Peers.HasOthers) return;
        List<SessionKey> changed = [];
        for (var i = 0; i < batch.Count; i++)
            if (!batch[i].IsBirth && (outcomes is null || outcomes[i].Kind == FlushOutcomeKind.Written)) changed.Add(batch[i].Key);
        if (changed.Count > 0) cluster.Outbox.Announce(PeerNoticeKind.Changed, changed);
    }
}
