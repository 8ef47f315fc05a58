using HybridSession.Hot;
using HybridSession.Payload;

namespace HybridSession.Updates;

/// <summary>
/// The updates of one session that are not known to be stored, so that they can be done again on what another node has stored meanwhile: of two nodes that
/// count, a merge of entries would keep one count only. Thread-safe.
/// </summary>
/// <param name="onFailure">Told of updates that threw when they were done again.</param>
internal sealed class PendingUpdates(Action<Exception> onFailure)
{
    private readonly Lock _lock = new();
    private readonly List<UpdateChain> _chains = [];
    private long _sealedVersion;

    /// <summary>Replaces the payload by what an update made of it, and remembers the update. False when the payload is another one meanwhile.</summary>
    public bool TryReplace(LiveSession session, PackedSession before, PackedSession after, ReadOnlySpan<byte> key, SessionUpdate update)
    {
        lock (_lock)
        {
            if (!session.TryReplace(before, after)) return false;
            var inputVersion = before.VersionOf(key);
            var chain = Find(key);
            if (chain is not null && chain.LastVersion != inputVersion)
            {
                // The key was set in between.
                _chains.Remove(chain);
                chain = null;
            }

            if (chain is null) _chains.Add(chain = new UpdateChain(key.ToArray(), inputVersion));
            chain.Add(update, after.Version, _sealedVersion);
            return true;
        }
    }

    /// <summary>Reads the payload that a flush is to carry.</summary>
    public PackedSession Seal(LiveSession session)
    {
        lock (_lock)
        {
            var payload = session.Payload;
            _sealedVersion = payload.Version;
            return payload;
        }
    }

    /// <summary>The row contains everything up to a version.</summary>
    public void Stored(long version)
    {
        lock (_lock)
        {
            foreach (var chain in _chains) chain.Stored(version);
            _chains.RemoveAll(static chain => !chain.CanRepeat);
        }
    }

    /// <summary>
    /// Replaces the payload by its merge with the row, in which the updates that the row does not contain are done again on the row's values. False when the payload is another one meanwhile.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="live">Its payload.</param>
    /// <param name="row">What another node has stored.</param>
    /// <param name="merged">The merge of both; on success what the session holds now.</param>
    /// <param name="rowVersion">The version of the row; the result of a repeated update is above it.</param>
    /// <param name="node">This node.</param>
    public bool TryMerge(LiveSession session, PackedSession live, PackedSession row, ref PackedSession merged, long rowVersion, NodeId node)
    {
        lock (_lock)
        {
            var result = merged;
            List<(UpdateChain Chain, long Version)> repeated = [];
            foreach (var chain in _chains)
            {
                chain.Stored(row.VersionSeenOf(node));
                if (!chain.CanRepeat || live.VersionOf(chain.Key) != chain.LastVersion || row.ChangeVersionOf(chain.Key) <= chain.InputVersion || row.HasForgotten(chain.LastVersion)) continue;
                try
                {
                    var value = chain.Repeat(row.TryGet(chain.Key, out var stored) ? stored.ToArray() : null);
                    var version = Math.Max(rowVersion, result.Version) + 1;
                    result = value is null ? result.Remove(chain.Key, version, node) : result.Set(chain.Key, value, version, node);
                    repeated.Add((chain, result.VersionOf(chain.Key)));
                }
                catch (Exception failure)
                {
                    // The application's own; what the merge made of the value stays.
                    onFailure(failure);
                }
            }

            if (!session.TryReplace(live, result)) return false;
            foreach (var (chain, next) in repeated) chain.WasRepeated(row.ChangeVersionOf(chain.Key), next);
            merged = result;
            return true;
        }
    }

    private UpdateChain? Find(ReadOnlySpan<byte> key)
    {
        foreach (var chain in _chains)
            if (key.SequenceEqual(chain.Key)) return chain;
        return null;
    }
}
