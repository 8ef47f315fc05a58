using System.Diagnostics.CodeAnalysis;
using HybridSession.Consistency;
using HybridSession.Expiration;
using HybridSession.Hot;
using HybridSession.Updates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HybridSession.Middleware;

/// <summary>
/// The session as one request sees it: <see cref="ISession"/>, its feature and the state of the response callback in one object.
/// </summary>
/// <remarks>
/// This file is what the application calls; <c>HybridRequestSession.Response.cs</c> is what happens at the ends of the request. The content is shared by all
/// requests of the session and thread-safe; this object belongs to one request, like the rest of its <see cref="HttpContext"/>.
/// <code>
///   existing ------------------ Set, Remove, Clear: shared at once, written behind
///   new --Set--> established --response starts--> stored, then its token is written
///   unavailable (load or birth failed): no keys, changes ignored
/// </code>
/// </remarks>
internal sealed partial class HybridRequestSession : IHybridSession, ISessionFeature
{
    private readonly HttpContext _context;
    private readonly SessionServices _services;
    private readonly bool _broughtToken;

    private LiveSession? _live;
    private HeldChanges? _held;
    private Exception? _unavailable;
    private SessionOrigin _origin;
    private bool _isNew;
    private bool _isEstablished;
    private PendingChanges _pending;

    public HybridRequestSession(HttpContext context, SessionServices services, OpenResult opened, bool broughtToken, Exception? unavailable)
    {
        (_context, _services, _broughtToken, _unavailable) = (context, services, broughtToken, unavailable);
        (_live, _origin) = opened;
        _isNew = _live is null && unavailable is null;
    }

    public bool IsAvailable => _unavailable is null;

    public string Id => IsAvailable ? Live.Key.ToPublicId() : "";

    public IEnumerable<string> Keys => Content?.Payload.Keys() ?? [];

    public SessionOrigin Origin => _origin;

    public bool IsNew => _isNew;

    public CancellationToken Removed
    {
        get
        {
            // Among the features rather than in a field: few requests ask.
            if (_context.Features.Get<RemovalWatches.RemovalLease>() is { } known) return known.Token;
            if (_live is not { IsStored: true } live) return CancellationToken.None;
            var lease = _services.Engine.Watch(live);
            _context.Features.Set(lease);
            _context.Response.RegisterForDispose(lease);
            return lease.Token;
        }
    }

    public TimeSpan? IdleTimeout
    {
        get => ToTime(Content?.Terms.IdleMs);
        set => SetTerm(SessionTerms.IdleKey, Milliseconds(value));
    }

    public TimeSpan? AbsoluteLifetime
    {
        get => Content?.Terms.LifetimeMs == SessionTerms.NoLimit ? Timeout.InfiniteTimeSpan : ToTime(Content?.Terms.LifetimeMs);
        set => SetTerm(SessionTerms.LifetimeKey, value == Timeout.InfiniteTimeSpan ? SessionTerms.NoLimit : Milliseconds(value));
    }

    public TimeSpan? CookieMaxAge
    {
        get => ToTime(Content?.Terms.CookieMaxAgeMs);
        set
        {
            // Sent though the token is the old one: the browser has to hear of it.
            if (SetTerm(SessionTerms.CookieMaxAgeKey, Milliseconds(value)) && !_isNew) _writesToken = true;
        }
    }

    /// <summary>What all requests of the session share; null while there is nothing.</summary>
    public LiveSession? Shared => _live;

    private LiveSession Live
    {
        get
        {
            if (_live is null) Interlocked.CompareExchange(ref _live, _services.Engine.Create(), null);
            return _live;
        }
    }

    private LiveSession? Content => IsAvailable ? _held?.Copy ?? _live : null;

    private bool HoldsChanges => !_services.Options.CommitOnException;

    // A request that is late with a replaced token works on a session of its own, which ends with it: its client has the new token already.
    private bool NeedsBirth => _isEstablished && IsAvailable && _origin != SessionOrigin.Replaced && _live is { IsStored: false };

    public Task LoadAsync(CancellationToken cancellationToken = default) => _unavailable is null ? Task.CompletedTask : Task.FromException(_unavailable);

    public bool TryGetValue(string key, [NotNullWhen(true)] out byte[]? value)
    {
        value = TryRead(key, out var stored) ? stored.ToArray() : null;
        return value is not null;
    }

    public void Set(string key, byte[] value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Set(key, value.AsSpan());
    }

    /// <summary>Sets a value without an array of its own.</summary>
    public void Set(string key, ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!IsAvailable) return;
        using var utf8 = new Utf8Key(key, stackalloc byte[Utf8Key.StackLength]);
        DemandWritable(utf8, nameof(key));

        if (HoldsChanges) Hold().Set(utf8.Bytes, value);
        else
        {
            _live = _services.Engine.Set(Live, utf8.Bytes, value, out var changed);
            Note(changed);
        }
        // Only now: a refused value must not leave an empty session behind.
        if (_isNew) _isEstablished = true;
    }

    public void Remove(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (Content is null) return;
        using var utf8 = new Utf8Key(key, stackalloc byte[Utf8Key.StackLength]);
        if (HoldsChanges) Hold().Remove(utf8.Bytes);
        else
        {
            _live = _services.Engine.Remove(Live, utf8.Bytes, out var changed);
            Note(changed);
        }
    }

    public void Clear()
    {
        if (Content is null) return;
        if (HoldsChanges) Hold().Clear();
        else
        {
            _live = _services.Engine.Clear(Live, out var changed);
            Note(changed);
        }
    }

    public byte[]? Update(string key, Func<byte[]?, byte[]?> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return Update(key, new CustomUpdate(change));
    }

    public long Increment(string key, long by = 1) => IncrementUpdate.Read(Update(key, new IncrementUpdate(by)));

    public Task CommitAsync(CancellationToken cancellationToken = default) => CommitAsync(Durability.Durable, cancellationToken);

    public async Task CommitAsync(Durability durability, CancellationToken cancellationToken = default)
    {
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        var pending = TakePending();
        try
        {
            ApplyHeld();
            if (NeedsBirth) await _services.Engine.BirthAsync(Live, cancellationToken).ConfigureAwait(false);
            else if (_live is { IsStored: true } live) await _services.Engine.CommitAsync(live, durability, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // The application may go on; what the request promises its client is decided when the response starts.
            _pending |= pending;
            throw;
        }
    }

    public async Task RegenerateIdAsync(CancellationToken cancellationToken = default)
    {
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        if (HasStarted)
            throw new InvalidOperationException("The session's token cannot be replaced after the response has started: the client could not be told. Call RegenerateIdAsync before anything is written to the response.");
        // Whoever asks for a new token by name gets one, also when another request just did the same.
        if (_origin == SessionOrigin.Replaced) _origin = SessionOrigin.Removed;
        if (_live is null) return;

        var moved = await _services.Engine.RegenerateAsync(_live, cancellationToken).ConfigureAwait(false);
        if (moved is null) LoseLive();
        else (_live, _writesToken) = (moved, true);
    }

    public async Task AbandonAsync(CancellationToken cancellationToken = default)
    {
        // Before anything can fail: signing out must work for this client at least.
        _forgetsToken = _broughtToken;
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        var live = _live;
        BecomeNew(SessionOrigin.Removed);
        if (live is { IsStored: true }) await _services.Engine.RemoveAsync(live, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The session was opened anew between two passes over its request.</summary>
    public void GoOnWith(OpenResult opened)
    {
        if (opened.Session is null)
        {
            BecomeNew(opened.Origin);
            _isBarred |= opened.Origin == SessionOrigin.Removed;
        }
        else _live = opened.Session;
    }

    // True when it was another before.
    private bool SetTerm(ReadOnlySpan<byte> key, long? milliseconds)
    {
        if (!IsAvailable) return false;
        var value = SessionTerms.Encode(milliseconds);
        if (HoldsChanges) return Hold().SetAttribute(key, value);
        _live = _services.Engine.SetAttribute(Live, key, value, out var changed);
        Note(changed);
        return changed;
    }

    private static long? Milliseconds(TimeSpan? value)
    {
        if (value is not { } time) return null;
        if (time < SessionTerms.Shortest || time > SessionTerms.Longest)
            throw new ArgumentOutOfRangeException(nameof(value), time, $"The time must be between {SessionTerms.Shortest.TotalSeconds} second and {SessionTerms.Longest.TotalDays} days.");
        return (long)time.TotalMilliseconds;
    }

    private static TimeSpan? ToTime(long? milliseconds) => milliseconds is { } value ? TimeSpan.FromMilliseconds(value) : null;

    private byte[]? Update(string key, SessionUpdate update)
    {
        ArgumentNullException.ThrowIfNull(key);
        // As a change that is ignored.
        if (!IsAvailable) return update.Apply(null);
        using var utf8 = new Utf8Key(key, stackalloc byte[Utf8Key.StackLength]);
        DemandWritable(utf8, nameof(key));

        byte[]? value;
        if (HoldsChanges) value = Hold().Update(utf8.Bytes, update);
        else
        {
            _live = _services.Engine.Update(Live, utf8.Bytes, update, out value, out var changed);
            Note(changed);
        }
        if (_isNew && value is not null) _isEstablished = true;
        return value;
    }

    private void DemandWritable(in Utf8Key key, string name)
    {
        if (key.Bytes.Length > Utf8Key.MaxLength)
            throw new ArgumentOutOfRangeException(name, $"The key has {key.Bytes.Length} bytes of UTF-8; at most {Utf8Key.MaxLength} are allowed.");
        if (_isNew) DemandEstablishable();
    }

    private HeldChanges Hold()
    {
        var held = _held ??= new HeldChanges(_services.Engine, _live);
        held.Note(LevelOfChange());
        return held;
    }

    // A value that is there already but not stored yet is as much to be kept as a new one: a client that repeats a request must not hear that all is well before it is.
    private void Note(bool changed)
    {
        if (!changed && _live is not { HasUnstoredChanges: true }) return;
        var level = LevelOfChange();
        if (changed || level != Durability.WriteBehind) _pending |= level.ToPending();
    }

    // Once the middleware is left the context may serve another request already.
    private Durability? LevelOfChange() => _depth > 0 && _context.GetEndpoint() is { } endpoint ? LevelAt(endpoint) : null;

    private Durability LevelAt(Endpoint? endpoint) => endpoint?.Metadata.GetMetadata<ISessionDurabilityMetadata>()?.Durability ?? _services.Options.Durability;

    private void BecomeNew(SessionOrigin origin)
    {
        ForgetTaken();
        (_live, _held, _origin) = (null, null, origin);
        (_isNew, _isEstablished, _pending, _writesToken) = (true, false, default, false);
    }

    private void DemandEstablishable()
    {
        ObjectDisposedException.ThrowIf(HasEnded, typeof(ISession));
        if (!_isEstablished && HasStarted) throw new InvalidOperationException("The session cannot be established after the response has started.");
    }
}
