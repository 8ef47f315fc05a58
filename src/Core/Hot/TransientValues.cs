using System.Diagnostics.CodeAnalysis;

namespace HybridSession;

/// <summary>
/// Values that live with a session in the memory of one node and are never stored: what is expensive to make and can be made anew. Thread-safe; shared by all requests of the session
/// on this node.
/// </summary>
/// <remarks>
/// They are gone when the session leaves memory: when it is removed or expires, when room is needed for others, when the node ends. Another node does not see them. Nothing is disposed.
/// </remarks>
public sealed class TransientValues
{
    private readonly Lock _lock = new();
    private readonly int _maxKeys;
    private Dictionary<string, object>? _values;

    /// <summary>An empty map.</summary>
    /// <param name="maxKeys">The most keys, see <see cref="SessionEngineOptions.MaxTransientKeys"/>. From 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxKeys"/> is negative.</exception>
    public TransientValues(int maxKeys)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxKeys);
        _maxKeys = maxKeys;
    }

    /// <summary>How many values there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _values?.Count ?? 0;
        }
    }

    /// <summary>Finds a value.</summary>
    /// <param name="key">Compared character by character.</param>
    /// <param name="value">The value itself, not a copy: what it holds must be safe to share.</param>
    /// <exception cref="InvalidCastException">The value is of another type.</exception>
    public bool TryGet<T>(string key, [MaybeNullWhen(false)] out T value)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(key);
        object? found;
        lock (_lock) found = _values?.GetValueOrDefault(key);
        value = found is null ? default : (T)found;
        return found is not null;
    }

    /// <summary>Finds a value, or makes it. Requests that come at the same time may each make one; all get the one that was there first.</summary>
    /// <param name="key">Compared character by character.</param>
    /// <param name="create">Makes the value.</param>
    /// <exception cref="InvalidCastException">The value that is there is of another type.</exception>
    /// <exception cref="SessionLimitException">There are <see cref="SessionEngineOptions.MaxTransientKeys"/> others.</exception>
    public T GetOrAdd<T>(string key, Func<T> create)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(create);
        if (TryGet<T>(key, out var present)) return present;
        var made = create();
        lock (_lock)
        {
            if (_values?.GetValueOrDefault(key) is { } first) return (T)first;
            Add(key, made);
            return made;
        }
    }

    /// <summary>Sets a value.</summary>
    /// <param name="key">Compared character by character.</param>
    /// <param name="value">Kept as it is, not copied.</param>
    /// <exception cref="SessionLimitException">There are <see cref="SessionEngineOptions.MaxTransientKeys"/> others; nothing is changed.</exception>
    public void Set(string key, object value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        lock (_lock) Add(key, value);
    }

    /// <summary>Removes a value. False when there is none.</summary>
    /// <param name="key">Compared character by character.</param>
    public bool Remove(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        lock (_lock) return _values?.Remove(key) ?? false;
    }

    /// <summary>Removes all values.</summary>
    public void Clear()
    {
        lock (_lock) _values = null;
    }

    private void Add(string key, object value)
    {
        var values = _values ??= new Dictionary<string, object>(StringComparer.Ordinal);
        if (values.Count >= _maxKeys && !values.ContainsKey(key))
            throw new SessionLimitException($"The session would have {values.Count + 1} transient keys; MaxTransientKeys is {_maxKeys}. The change was not made. Remove keys, or raise MaxTransientKeys.");
        values[key] = value;
    }
}
