namespace HybridSession.Updates;

/// <summary>The updates of one key that followed on one another and are not known to be stored. Guarded by its <see cref="PendingUpdates"/>.</summary>
internal sealed class UpdateChain(byte[] key, long inputVersion)
{
    // Enough for a second of a busy key, or an outage of a quiet one; increments become one.
    private const int MaxLength = 256;

    private readonly List<(SessionUpdate Update, long Version)> _updates = [];
    private bool _isBroken;

    public byte[] Key { get; } = key;

    /// <summary>The version of the entry that the first update was made from.</summary>
    public long InputVersion { get; private set; } = inputVersion;

    /// <summary>The version of the entry that the last one made.</summary>
    public long LastVersion { get; private set; }

    /// <summary>True while all that followed is known; a chain that grew too long is an ordinary change.</summary>
    public bool CanRepeat => !_isBroken && _updates.Count > 0;

    /// <param name="update">What was done.</param>
    /// <param name="version">The version of the entry that it made.</param>
    /// <param name="sealedVersion">What a flush may carry already must not become one with what it does not.</param>
    public void Add(SessionUpdate update, long version, long sealedVersion)
    {
        LastVersion = version;
        if (_updates is [.., var (last, lastVersion)] && lastVersion > sealedVersion && last.Join(update) is { } joined) _updates[^1] = (joined, version);
        else if (_updates.Count < MaxLength) _updates.Add((update, version));
        else _isBroken = true;
    }

    /// <summary>Drops what is stored.</summary>
    public void Stored(long version)
    {
        var count = _updates.FindLastIndex(u => u.Version <= version) + 1;
        if (count == 0) return;
        InputVersion = _updates[count - 1].Version;
        _updates.RemoveRange(0, count);
    }

    /// <summary>Does all of it again, from another value.</summary>
    public byte[]? Repeat(byte[]? value)
    {
        foreach (var (update, _) in _updates) value = update.Apply(value);
        return value;
    }

    /// <summary>It was done again: from the entry of that version, to the entry of this.</summary>
    public void WasRepeated(long inputVersion, long version)
    {
        (InputVersion, LastVersion) = (inputVersion, version);
        for (var i = 0; i < _updates.Count; i++) _updates[i] = (_updates[i].Update, version);
    }
}
