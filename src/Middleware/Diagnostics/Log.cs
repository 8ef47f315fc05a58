using Microsoft.Extensions.Logging;

namespace HybridSession.Middleware;

/// <summary>Every log line of the middleware: 3000 to 3099. None holds a token, a key or a payload.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Warning, "{Count} requests since the last such line carried something in place of a session token that is none; each got a new session. Without other signs of trouble this is an old cookie or a scanner.", EventName = "MalformedToken")]
    public static partial void MalformedToken(this ILogger logger, long count);

    [LoggerMessage(3001, LogLevel.Error, "{Count} sessions could not be loaded since the last such line. They are not available to their requests ({Behavior}); the clients keep their tokens. The last failure:", EventName = "LoadFailed")]
    public static partial void LoadFailed(this ILogger logger, long count, UnavailableBehavior behavior, Exception exception);

    [LoggerMessage(3002, LogLevel.Error, "{Count} new sessions could not be stored since the last such line, so their tokens were not given to the clients ({Behavior}). The last failure:", EventName = "BirthFailed")]
    public static partial void BirthFailed(this ILogger logger, long count, UnavailableBehavior behavior, Exception exception);

    [LoggerMessage(3003, LogLevel.Error, "The changes of {Count} requests since the last such line did not reach their durability (the last one {Durability}) in time. They stay in memory and are stored as soon as the store allows it. The last failure:", EventName = "CommitFailed")]
    public static partial void CommitFailed(this ILogger logger, long count, Durability durability, Exception exception);

    [LoggerMessage(3004, LogLevel.Error, "The session that the application put in place of its own could not be committed.", EventName = "ReplacementCommitFailed")]
    public static partial void ReplacementCommitFailed(this ILogger logger, Exception exception);

    [LoggerMessage(3005, LogLevel.Information, "Sessions are switched off (HybridSession:Enabled or SessionOn is false).", EventName = "SwitchedOff")]
    public static partial void SwitchedOff(this ILogger logger);

    [LoggerMessage(3006, LogLevel.Debug, "The changes of a request that failed were dropped, because CommitOnException is false.", EventName = "ChangesDropped")]
    public static partial void ChangesDropped(this ILogger logger);

    [LoggerMessage(3007, LogLevel.Warning, "A Secure session cookie was given to a client that came by plain http, which drops it: it will get a new session with each request. Serve https; or, where a proxy ends TLS, let it send X-Forwarded-Proto and use the forwarded headers middleware; or set Cookie:SecurePolicy to SameAsRequest. Said once.", EventName = "SecureCookieOverHttp")]
    public static partial void SecureCookieOverHttp(this ILogger logger);

    [LoggerMessage(3008, LogLevel.Information, "This node was told to stop. It is not ready for new clients any more, and serves for another {Seconds} s (DrainDelay) before the server stops to listen.", EventName = "DrainBegun")]
    public static partial void DrainBegun(this ILogger logger, double seconds);

    [LoggerMessage(3009, LogLevel.Error, "A request of an exclusive endpoint did not wait for its turn: which endpoint it is for was not known yet when its session was opened. Call UseRouting before UseHybridSession. Said once.", EventName = "TurnMissed")]
    public static partial void TurnMissed(this ILogger logger);

    [LoggerMessage(3010, LogLevel.Error, "A user signed in or out where the request had no session, so no session was bound or ended. Put UseHybridSession before UseAuthentication, as sign-ins by another site need. Said once.", EventName = "SignInWithoutSession")]
    public static partial void SignInWithoutSession(this ILogger logger);

    [LoggerMessage(3020, LogLevel.Warning, "{Count} stock sessions since the last such line were not taken over: damaged, or larger than MaxPayloadBytes or MaxKeys allow. Their clients get new sessions.", EventName = "StockSessionRefused")]
    public static partial void StockSessionRefused(this ILogger logger, long count);

    [LoggerMessage(3021, LogLevel.Warning, "{Count} stock sessions since the last such line were taken over, but the originals could not be ended in the distributed cache. They stay until they expire. The last failure:", EventName = "StockSessionNotEnded")]
    public static partial void StockSessionNotEnded(this ILogger logger, long count, Exception exception);

    [LoggerMessage(3022, LogLevel.Information, "The time to take over stock sessions has ended ({Until:O}): the call of ImportStockSessions can go. Said once.", EventName = "StockImportOver")]
    public static partial void StockImportOver(this ILogger logger, DateTimeOffset until);

    [LoggerMessage(3050, LogLevel.Error, "{Count} stored sessions since the last such line could not be decrypted. They are not served, and their rows are left as they are. If there are many: the Data Protection keys are not those they were written with; restore them, let all nodes share one key ring (PersistKeysTo...) and one application name (SetApplicationName), and they are served again. If there is one: somebody has damaged its row. The last failure:", EventName = "PayloadsNotDecrypted")]
    public static partial void PayloadsNotDecrypted(this ILogger logger, long count, Exception exception);

    [LoggerMessage(3051, LogLevel.Error, "{Count} stored sessions since the last such line were encrypted for another row or another version than they stand in. They are not served, and their rows are left as they are. Somebody has changed the table: find out who can write to it.", EventName = "PayloadsOutOfPlace")]
    public static partial void PayloadsOutOfPlace(this ILogger logger, long count);

    [LoggerMessage(3052, LogLevel.Warning, "{Count} stored sessions since the last such line are not encrypted. They are not served, because Encryption:AcceptPlain is false, and their rows are left as they are. If they are from before encryption was switched on, set it to true until they have expired; otherwise somebody has changed the table.", EventName = "PlainPayloadsRefused")]
    public static partial void PlainPayloadsRefused(this ILogger logger, long count);
}
