using HybridSession.Hot;
using HybridSession.Updates;

namespace HybridSession.Middleware;

/// <summary>
/// The changes of one request that may still be dropped (<see cref="HybridSessionOptions.CommitOnException"/> is false). They are made on a private copy,
/// which the request reads, and made again on the shared session when they are applied, so that they merge with what other requests did meanwhile.
/// </summary>
internal sealed class HeldChanges
{
    private readonly SessionEngine _engine;
    private readonly List<Change> _changes = [];
    private LiveSession _copy;
    private PendingChanges _pending;

    public HeldChanges(SessionEngine engine, LiveSession? original)
    {
        _engine = engine;
        _copy = engine.Create();
        if (original is not null) _copy.TryReplace(_copy.Payload, original.Payload);
    }

    private enum Kind
    {
        Set,
        Remove,
        Clear,
        SetAttribute,
        Update,
    }

    /// <summary>What the request sees.</summary>
    public LiveSession Copy => _copy;

    /// <summary>What the changes ask for once they are applied.</summary>
    public PendingChanges Pending => _pending;

    /// <summary>Notes what the next change asks for.</summary>
    public void Note(Durability? level) => _pending |= level.ToPending();

    public void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _copy = _engine.Set(_copy, key, value, out var changed);
        if (changed) _changes.Add(new Change(Kind.Set, key.ToArray(), value.ToArray()));
    }

    public void Remove(ReadOnlySpan<byte> key)
    {
        _copy = _engine.Remove(_copy, key, out var changed);
        if (changed) _changes.Add(new Change(Kind.Remove, key.ToArray(), []));
    }

    /// <summary>Takes a value out of what the request sees. Applied, the value is removed if it is still the same.</summary>
    public byte[]? Pop(ReadOnlySpan<byte> key)
    {
        _copy = _engine.Pop(_copy, key, out var value);
        if (value is null) return null;
        // The caller's array may be changed by it.
        byte[] seen = [.. value];
        _changes.Add(new Change(Kind.Update, key.ToArray(), [], new CustomUpdate(current => current.AsSpan().SequenceEqual(seen) ? null : current)));
        return value;
    }

    public void Clear()
    {
        _copy = _engine.Clear(_copy, out var changed);
        if (changed) _changes.Add(new Change(Kind.Clear, [], []));
    }

    public bool SetAttribute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _copy = _engine.SetAttribute(_copy, key, value, out var changed);
        if (changed) _changes.Add(new Change(Kind.SetAttribute, key.ToArray(), value.ToArray()));
        return changed;
    }

    public byte[]? Update(ReadOnlySpan<byte> key, SessionUpdate update)
    {
        _copy = _engine.Update(_copy, key, update, out var value, out _);
        // Also when it changed nothing here: on the shared session it may.
        _changes.Add(new Change(Kind.Update, key.ToArray(), [], update));
        return value;
    }

    /// <summary>Makes the changes on the shared session, in order.</summary>
    /// <exception cref="SessionLimitException">Other requests filled the session meanwhile. The changes before the refused one were made.</exception>
    public LiveSession ApplyTo(LiveSession session)
    {
        foreach (var change in _changes)
        {
            session = change.Kind switch
            {
                Kind.Set => _engine.Set(session, change.Key, change.Value, out _),
                Kind.Remove => _engine.Remove(session, change.Key, out _),
                Kind.Update => _engine.Update(session, change.Key, change.Update!, out _, out _),
                Kind.SetAttribute => _engine.SetAttribute(session, change.Key, change.Value, out _),
                _ => _engine.Clear(session, out _),
            };
        }
        return session;
    }

    private readonly record struct Change(Kind Kind, byte[] Key, byte[] Value, SessionUpdate? Update = null);
}
