using System.Diagnostics;
using HybridSession.Consistency;
using HybridSession.Expiration;
using HybridSession.Payload;
using HybridSession.Updates;
using HybridSession.WriteBehind;

namespace HybridSession.Hot;

/// <summary>
/// One session in the memory of this node, shared by all requests that use it.
/// </summary>
/// <remarks>
/// <para>The payload is an immutable array, replaced by compare-and-swap: reads take no lock. Everything marked "shard lock" belongs to the
/// <see cref="SessionShard"/> of the key.</para>
/// <code>
///              BirthAsync            change             snapshot taken
///   Unborn ---------------> Clean ----------> queued ------------------> in flight
///      |                      ^  \__ evicted     ^                           |  written, nothing newer: Clean
///      |                      |      (gone)      |___________________________|  failed, conflict or newer change: queued
///      |                      |                  |                           |  refused for its data: in quarantine, until its next change
///      |                      |
///      +------> Ended (removed, replaced, expired, gone) &lt;------ from every state
/// </code>
/// </remarks>
[DebuggerDisplay("{Key} v{Payload.Version} base {BaseVersion}")]
internal sealed class LiveSession
{
    // What a session costs beside its payload: this object, its token's text, the cache entry and its bucket.
    public const int OverheadBytes = 512;

    private byte[] _payload;
    private long _lastAccessMs;
    private int _pinnedBytes;
    private volatile DirtyQueue? _queue;
    private volatile bool _isEnded;
    private object? _waived;
    private TransientValues? _transient;
    private KnownTerms? _terms;
    private PendingUpdates? _updates;
    private long _readAt;
    private bool _touchRequested;

    public LiveSession(SessionToken token, SessionKey key, string tokenText, PackedSession payload, long baseVersion, long createdMs, long lastAccessMs, long storedExpiresAtMs)
    {
        (Token, Key, TokenText) = (token, key, tokenText);
        _payload = payload.Bytes;
        BaseVersion = baseVersion;
        CreatedMs = createdMs;
        _lastAccessMs = lastAccessMs;
        StoredExpiresAtMs = storedExpiresAtMs;
    }

    /// <summary>What the client holds. Changes only before the birth.</summary>
    public SessionToken Token { get; private set; }

    /// <summary>The token's text form: the cookie value, and the key in the hot set.</summary>
    public string TokenText { get; private set; }

    /// <summary>The name of the row.</summary>
    public SessionKey Key { get; private set; }

    /// <summary>The content at this moment. Lock-free.</summary>
    public PackedSession Payload => new(Volatile.Read(ref _payload));

    /// <summary>The stored version that the next write starts from; 0 before the birth. Written under the shard lock.</summary>
    public long BaseVersion { get; set; }

    /// <summary>The row exists.</summary>
    public bool IsStored => BaseVersion != 0;

    /// <summary>The row exists and lacks changes.</summary>
    public bool HasUnstoredChanges => IsStored && Payload.Version > BaseVersion;

    /// <summary>The session is over; changes to it are dropped.</summary>
    public bool IsEnded => _isEnded;

    /// <summary>Waits in the dirty set. Read without a lock by changes, which need not queue it again.</summary>
    public bool IsQueued => _queue is not null;

    /// <summary>Where it waits in the dirty set. Written by that queue alone, under the shard lock.</summary>
    public DirtyQueue? Queue { get => _queue; set => _queue = value; }

    /// <summary>Its neighbours there. Shard lock.</summary>
    public LiveSession? PreviousDirty { get; set; }

    /// <inheritdoc cref="PreviousDirty" />
    public LiveSession? NextDirty { get; set; }

    /// <summary>A flush that holds a snapshot of this session has no outcome yet. Shard lock.</summary>
    public bool IsInFlight { get; set; }

    /// <summary>Its row is held by somebody else: it waits outside the queue until it is tried again. Shard lock.</summary>
    public bool IsParked { get; set; }

    /// <summary>
    /// Changed after it had been evicted: the session may have been loaded, changed and stored under another object since. Until it has met its row it
    /// serves no other request. Shard lock.
    /// </summary>
    public bool MayBeStale { get; set; }

    /// <summary>The store is asked to move the row to another key. Shard lock.</summary>
    public bool IsMoving { get; set; }

    /// <summary>A flush found no row while the session was moving. Shard lock.</summary>
    public bool IsGone { get; set; }

    /// <summary>The store refused the data of the last write, and nothing was stored since: in quarantine, unless that had no room. Shard lock.</summary>
    public bool IsRefused { get; set; }

    /// <summary>The birth was given up by the request that wanted it; nobody knows the token. Shard lock.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>When the oldest change that waits for a flush was made. Shard lock.</summary>
    public long DirtySinceMs { get; set; }

    /// <summary>The same for the changes that the flush in flight carries. Shard lock.</summary>
    public long InFlightSinceMs { get; set; }

    /// <summary>Failed flushes for which somebody waited, since the last success. Shard lock.</summary>
    public int WaitingAttempts { get; set; }

    /// <summary>Those who wait until the changes made so far are stored. Shard lock.</summary>
    public TaskCompletionSource? Waiter { get; set; }

    /// <summary>The same for the changes that the flush in flight carries. Shard lock.</summary>
    public TaskCompletionSource? InFlightWaiter { get; set; }

    /// <summary>The size under which the hot set holds this session; 0 when it was never admitted.</summary>
    public int AdmittedBytes { get; set; }

    public long CreatedMs { get; }

    public long LastAccessMs => Volatile.Read(ref _lastAccessMs);

    /// <summary>What decides when it is over. Lock-free.</summary>
    public Lifespan Lifespan => new(CreatedMs, LastAccessMs, Terms);

    /// <summary>Where its times differ from the site's. Lock-free.</summary>
    public SessionTerms Terms
    {
        get
        {
            var payload = Payload;
            if (!payload.HasAttributes) return default;
            var known = Volatile.Read(ref _terms);
            if (known is not null && ReferenceEquals(known.Payload, payload.Bytes)) return known.Terms;
            Volatile.Write(ref _terms, known = new KnownTerms(payload.Bytes, SessionTerms.Read(payload)));
            return known.Terms;
        }
    }

    /// <summary>The moment of <see cref="StaleMarks"/> up to which this copy is known to hold what is stored. 0 where nodes are not linked.</summary>
    public long ReadAt => Volatile.Read(ref _readAt);

    /// <summary>The expiry that the row has, as a moment of this node's clock.</summary>
    public long StoredExpiresAtMs { get; set; }

    public int SizeBytes => Volatile.Read(ref _payload).Length + OverheadBytes;

    /// <summary>The bytes counted as pinned; 0 when it is not.</summary>
    public int PinnedBytes => Volatile.Read(ref _pinnedBytes);

    public void Access(long nowMs) => Volatile.Write(ref _lastAccessMs, nowMs);

    /// <summary>The row was read, or written, at a moment. An earlier one changes nothing.</summary>
    public void WasRead(long at)
    {
        for (var known = ReadAt; known < at; known = ReadAt)
            if (Interlocked.CompareExchange(ref _readAt, at, known) == known) return;
    }

    /// <summary>What this stamp names was looked for in vain, and reported: its client has been told, and is not kept waiting again.</summary>
    public bool IsWaived(SessionStamp stamp) => Volatile.Read(ref _waived) is SessionStamp waived && waived.Node == stamp.Node && waived.Version >= stamp.Version;

    /// <inheritdoc cref="IsWaived"/>
    public void Waive(SessionStamp stamp) => Volatile.Write(ref _waived, stamp);

    /// <summary>What lives with the session in this node's memory only; null until somebody asks. A field of its own rather than a table beside: it goes when the object goes.</summary>
    public TransientValues? Transient { get => Volatile.Read(ref _transient); init => _transient = value; }

    /// <summary>Gives the session its transient values, and returns those that were first.</summary>
    public TransientValues Add(TransientValues values) => Interlocked.CompareExchange(ref _transient, values, null) ?? values;

    /// <summary>Its updates that are not known to be stored; null when there never were any.</summary>
    public PendingUpdates? Updates => Volatile.Read(ref _updates);

    /// <summary>Takes over the updates of the session that this one replaces, or begins to remember its own.</summary>
    public PendingUpdates RememberUpdates(PendingUpdates updates) => Interlocked.CompareExchange(ref _updates, updates, null) ?? updates;

    /// <summary>True for the one caller who is to queue the touch.</summary>
    public bool TryRequestTouch() => !Interlocked.Exchange(ref _touchRequested, true);

    public void TouchDone() => Volatile.Write(ref _touchRequested, false);

    /// <summary>Replaces the payload when it is still <paramref name="expected"/>. A full fence either way.</summary>
    public bool TryReplace(PackedSession expected, PackedSession next) =>
        ReferenceEquals(Interlocked.CompareExchange(ref _payload, next.Bytes, expected.Bytes), expected.Bytes);

    /// <summary>Ends the session. Shard lock.</summary>
    public void End() => _isEnded = true;

    /// <summary>Gives an unborn session another token: its old one was perhaps stored by a statement whose answer was lost.</summary>
    public void Retoken(SessionToken token)
    {
        if (IsStored) throw new UnreachableException("A stored session keeps its token.");
        Token = token;
        Key = token.ToKey();
        TokenText = token.Encode();
    }

    /// <summary>Sets the bytes counted as pinned, and returns by how much the count changed.</summary>
    public int PinBytes(int bytes) => bytes - Interlocked.Exchange(ref _pinnedBytes, bytes);

    // What the attributes of one payload say: read once rather than at every request.
    private sealed record KnownTerms(byte[] Payload, SessionTerms Terms);
}

/// <summary>What came of opening a session: it, or the reason why there is none.</summary>
internal readonly record struct OpenResult(LiveSession? Session, SessionOrigin Origin);
