namespace HybridSession.Users;

/// <summary>What came of binding a session to a user.</summary>
internal enum BindResult
{
    /// <summary>It is bound, and stored so.</summary>
    Bound,

    /// <summary>It was removed meanwhile, or its token was replaced by another request.</summary>
    Ended,

    /// <summary>The user has as many sessions as allowed.</summary>
    LimitReached,

    /// <summary>It is bound to another user.</summary>
    OtherUser,
}
