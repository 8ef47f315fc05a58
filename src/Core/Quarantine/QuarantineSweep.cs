using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.WriteBehind;
using Microsoft.Extensions.Logging;

namespace HybridSession.Quarantine;

/// <summary>What the maintenance does for the quarantine: expired sessions leave it, and letters that failed are written again.</summary>
internal sealed class QuarantineSweep(
    ISessionBackingStore store, MemoryQuarantine quarantine, DeadLetterWriter letters, Func<SessionKey, SessionShard> shardOf, ExpirationPolicy expiration, SessionClock clock, ILogger logger)
{
    private const int MaxBatch = 256;

    public async Task RunOnceAsync(CancellationToken stop)
    {
        if (quarantine.Count > 0) await LetExpiredGoAsync(stop).ConfigureAwait(false);
        await letters.WriteAsync(stop).ConfigureAwait(false);
    }

    private async Task LetExpiredGoAsync(CancellationToken stop)
    {
        var now = clock.NowMs;
        LiveSession[] expired = [.. quarantine.Sessions().Where(session => expiration.Judge(now, session.Lifespan) is not null).Take(MaxBatch)];
        if (expired.Length == 0) return;
        try
        {
            // Expired here is not expired everywhere: another node may have the session in use, and then its letter must stay.
            var rows = await store.LoadAsync(Array.ConvertAll(expired, static session => session.Key), stop).ConfigureAwait(false);
            for (var i = 0; i < expired.Length; i++)
                shardOf(expired[i].Key).ExpireRefused(expired[i], isRowOver: rows[i] is not { } row || expiration.JudgeStored(row, TermsOf(row)) is not null);
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            Log.QuarantineSweepFailed(logger, failure);
        }
    }

    private static SessionTerms TermsOf(StoredSession row) => PackedSession.TryRead(row.Payload, out var stored, out _) ? SessionTerms.Read(stored) : default;
}
