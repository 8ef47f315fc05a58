namespace HybridSession;

/// <summary>How sessions belong to users.</summary>
public sealed class UserOptions
{
    /// <summary>The most sessions of one user at a time; null for no limit. Looked at when a session is bound to its user, on all nodes together.</summary>
    /// <value>Default null. Between 1 and 10,000.</value>
    public int? MaxSessionsPerUser { get; set; }

    /// <summary>What happens at the bind that would be one too many.</summary>
    /// <value>Default <see cref="UserLimitBehavior.DropOldest"/>.</value>
    public UserLimitBehavior AtLimit { get; set; } = UserLimitBehavior.DropOldest;

    /// <summary>
    /// With the authentication of ASP.NET Core: a sign-in binds the session to the user, and a request that is authenticated as another user than its session is bound to gets
    /// a new, empty one.
    /// </summary>
    /// <value>Default false.</value>
    public bool BindOnSignIn { get; set; }

    /// <summary>A sign-in gives the session a new token before it binds it, so that whoever knew the old one has nothing. Only with <see cref="BindOnSignIn"/>.</summary>
    /// <value>Default true.</value>
    public bool RegenerateOnSignIn { get; set; } = true;

    /// <summary>What a sign-out does to the session. Only with <see cref="BindOnSignIn"/>.</summary>
    /// <value>Default <see cref="SignOutBehavior.Abandon"/>.</value>
    public SignOutBehavior OnSignOut { get; set; } = SignOutBehavior.Abandon;

    /// <summary>The type of the claim that holds the id of a user; null for <c>ClaimTypes.NameIdentifier</c> or, where there is none, <c>sub</c>. Only with <see cref="BindOnSignIn"/>.</summary>
    /// <value>Default null.</value>
    public string? IdClaim { get; set; }

    /// <summary>The authentication scheme whose sign-ins and sign-outs count; null for the default one that requests are authenticated by. Only with <see cref="BindOnSignIn"/>.</summary>
    /// <value>Default null.</value>
    public string? SignInScheme { get; set; }
}

/// <summary>What happens when a user would have more sessions than <see cref="UserOptions.MaxSessionsPerUser"/>.</summary>
public enum UserLimitBehavior
{
    /// <summary>The user's sessions that began first are revoked, until there is room.</summary>
    DropOldest,

    /// <summary>The session is not bound: <see cref="UserLimitException"/>.</summary>
    Refuse,
}

/// <summary>What a sign-out does to the session.</summary>
public enum SignOutBehavior
{
    /// <summary>Ends it, as <c>AbandonAsync</c> does.</summary>
    Abandon,

    /// <summary>Keeps it with its content, and binds it to nobody.</summary>
    Unbind,
}
