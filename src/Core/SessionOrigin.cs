namespace HybridSession;

/// <summary>Why a request has a new session, or where an existing one was found.</summary>
public enum SessionOrigin
{
    /// <summary>Existing: found in the memory of this node.</summary>
    Memory,

    /// <summary>Existing: loaded from the backing store for this request.</summary>
    Store,

    /// <summary>
    /// Existing, but without something that this client was shown before: the node that had the change has gone before it was stored, or does not answer.
    /// At most the changes of <see cref="SessionEngineOptions.MaxDirtyAge"/> are lost so; one that is only late is merged when it comes.
    /// </summary>
    Lost,

    /// <summary>New: the request carried no token.</summary>
    NoToken,

    /// <summary>New: what the request carried has not the form of a token.</summary>
    Malformed,

    /// <summary>New: nobody knows the token.</summary>
    Unknown,

    /// <summary>New: the session was idle for longer than allowed.</summary>
    IdleExpired,

    /// <summary>New: the session reached its absolute lifetime.</summary>
    AbsoluteExpired,

    /// <summary>New: the session was removed.</summary>
    Removed,

    /// <summary>
    /// New, but never established: the token was replaced a moment ago (<c>RegenerateIdAsync</c>) and this request was under way with the old one.
    /// Its client has the new cookie already, so this request must not set another.
    /// </summary>
    Replaced,

    /// <summary>New: the stored payload is damaged or of an unknown format; the row is kept as it is.</summary>
    Unreadable,

    /// <summary>Not available: the store could not be asked.</summary>
    StoreUnavailable,

    /// <summary>New: the session belongs to another user than the one whom the request is authenticated as (<see cref="UserOptions.BindOnSignIn"/>). It is left as it is.</summary>
    UserMismatch,

    /// <summary>Existing: taken over from the session middleware of ASP.NET Core for this request (<c>ImportStockSessions</c>).</summary>
    Imported,
}
