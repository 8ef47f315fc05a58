namespace HybridSession.Simulation.World;

/// <summary>The store as one node reaches it: every call that matters waits for the scheduler.</summary>
internal sealed class NodeStore(SimulatedWorld world, Node node) : DelegatingBackingStore(world.Rows.Inner)
{
    public override ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionRead> reads, CancellationToken cancellationToken) =>
        Call("load", [.. reads.Select(read => read.Key)], isWrite: false, () => world.Rows.Load(reads), cancellationToken);

    public override ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken) =>
        Call(
            $"flush {string.Join(", ", batch.Select(write => $"{write.BaseVersion}>{write.Version}"))}", [.. batch.Select(write => write.Key)], isWrite: true, () => world.Rows.Flush(batch), cancellationToken);

    public override ValueTask<IReadOnlyList<SessionKey>> TouchAsync(IReadOnlyList<SessionTouch> batch, CancellationToken cancellationToken) =>
        Call("touch", [.. batch.Select(touch => touch.Key)], isWrite: true, () => world.Rows.Touch(batch), cancellationToken);

    public override ValueTask<bool> RemoveAsync(SessionKey key, CancellationToken cancellationToken) =>
        Call("remove", [key], isWrite: true, () => world.Rows.Remove(key), cancellationToken);

    public override ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken) =>
        Call("rekey", [oldKey, replacement.Key], isWrite: true, () => world.Rows.Rekey(oldKey, baseVersion, replacement), cancellationToken);

    private async ValueTask<T> Call<T>(string name, SessionKey[] keys, bool isWrite, Func<T> effect, CancellationToken cancellationToken)
    {
        if (node.IsCrashed) await Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None);
        if (node.IsPartitioned)
        {
            node.CallFailed(world.NowMs);
            throw new BackingStoreException("The simulated store cannot be reached.", BackingStoreFailure.Transient, outcomeUnknown: false, null);
        }

        var call = new StoreCall<T>(node, name, keys, isWrite, effect);
        world.Calls.Add(call);
        return await call.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
