using HybridSession.Diagnostics;
using HybridSession.Hot;
using HybridSession.Payload;
using Microsoft.Extensions.Logging.Abstractions;

namespace HybridSession.Bench.Micro.Sessions;

/// <summary>Stored sessions in memory, as objects or behind an engine.</summary>
internal static class StoredSessions
{
    // Longer than any run: no session expires and none is due for a touch.
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromHours(12);

    /// <summary>Sessions that were just loaded, all with one payload.</summary>
    public static LiveSession[] Create(int count, PackedSession payload, long nowMs)
    {
        var sessions = new LiveSession[count];
        for (var i = 0; i < count; i++)
        {
            var token = SessionToken.Create();
            sessions[i] = new LiveSession(
                token, token.ToKey(), token.Encode(), payload, payload.Version, createdMs: nowMs, nowMs, storedExpiresAtMs: nowMs + (long)IdleTimeout.TotalMilliseconds);
        }

        return sessions;
    }

    /// <summary>Options that let nothing but the benchmark decide.</summary>
    public static SessionEngineOptions Options() => new() { IdleTimeout = IdleTimeout, AbsoluteLifetime = null, MaxHotBytes = 2L << 30, MaxDirtyBytes = 2L << 30 };

    /// <summary>A running engine over the store, whose stages and logs are left out.</summary>
    public static SessionEngine StartEngine(ISessionBackingStore store)
    {
        var engine = new SessionEngine(Microsoft.Extensions.Options.Options.Create(Options()), store, TimeProvider.System, new SessionMetrics(null), NullLogger<SessionEngine>.Instance);
        engine.StartLoops();
        return engine;
    }

    /// <summary>Puts sessions into the store, and tells their tokens.</summary>
    public static async Task<SessionToken[]> FillAsync(ISessionBackingStore store, int count, PackedSession payload)
    {
        var tokens = new SessionToken[count];
        var births = new SessionWrite[count];
        for (var i = 0; i < count; i++)
        {
            tokens[i] = SessionToken.Create();
            births[i] = new SessionWrite(tokens[i].ToKey(), payload.Bytes, payload.Version, BaseVersion: 0, IdleTimeout);
        }

        foreach (var chunk in births.Chunk(10_000)) await store.FlushAsync(chunk, CancellationToken.None);
        return tokens;
    }
}
