using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.WriteBehind;
using Microsoft.Extensions.Logging;

namespace HybridSession.Quarantine;

/// <summary>
/// Brings the dead letters of the <see cref="MemoryQuarantine"/> into the store and releases those that have served. Runs beside the flushers, so that
/// neither they nor a request ever wait for a letter.
/// </summary>
internal sealed class DeadLetterWriter(ISessionBackingStore store, MemoryQuarantine quarantine, Func<SessionKey, SessionShard> shardOf, SessionClock clock, NodeId node, ILogger logger) : IDisposable
{
    private const int MaxBatch = 256;
    private const long MaxBatchBytes = 4L * 1024 * 1024;

    // Other nodes put letters of the same session at the same time; more often than this nobody meets them in a row.
    private const int MaxUnions = 4;

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private int _pass;
    private bool _isFailing;

    /// <summary>Writes what there is to write as soon as there is some, until stopped. What failed waits for the maintenance.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await quarantine.Wake.WaitAsync(Timeout.InfiniteTimeSpan, clock.Time, stop).ConfigureAwait(false);
                // One under way when the stop comes is finished.
                await WriteAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of the loop.
        }
    }

    /// <summary>Releases and writes everything that waits. Failures are logged.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await ReleaseAllAsync(cancellationToken).ConfigureAwait(false);
            await PutAllAsync(cancellationToken).ConfigureAwait(false);
            _isFailing = false;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // The text that a server sends with refused data may quote it: of that only what the store made of it.
            if (!_isFailing) Log.DeadLettersFailed(logger, failure.Message, quarantine.CountWithoutLetter, failure is BackingStoreException { Failure: BackingStoreFailure.Data } ? null : failure);
            _isFailing = true;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private async Task ReleaseAllAsync(CancellationToken cancellationToken)
    {
        while (quarantine.LettersToRelease(MaxBatch) is { Count: > 0 } releases)
        {
            await store.ReleaseDeadLettersAsync(releases, cancellationToken).ConfigureAwait(false);
            quarantine.Released(releases);
        }
    }

    private async Task PutAllAsync(CancellationToken cancellationToken)
    {
        _pass++;
        BackingStoreException? refused = null;
        while (quarantine.TakeLetters(_pass, MaxBatch, MaxBatchBytes, clock.NowMs) is { Count: > 0 } letters)
        {
            try
            {
                await PutAsync(letters, cancellationToken).ConfigureAwait(false);
            }
            catch (BackingStoreException failure) when (failure.Failure == BackingStoreFailure.Data)
            {
                // Somebody put a constraint on the letters too: one that it refuses must not keep the others out.
                refused = failure;
                if (letters.Count > 1) await PutOneByOneAsync(letters, cancellationToken).ConfigureAwait(false);
            }
        }

        if (refused is not null) throw refused;
    }

    private async Task PutOneByOneAsync(List<PendingLetter> letters, CancellationToken cancellationToken)
    {
        foreach (var letter in letters)
        {
            try
            {
                await PutAsync([letter], cancellationToken).ConfigureAwait(false);
            }
            catch (BackingStoreException failure) when (failure.Failure == BackingStoreFailure.Data)
            {
                // Stays in memory, and is tried again with the next pass; the caller has the failure of the batch.
            }
        }
    }

    private async Task PutAsync(List<PendingLetter> letters, CancellationToken cancellationToken)
    {
        var refused = letters.ToDictionary(static letter => letter.Letter.Key, static letter => letter.Letter.Version);
        var shared = new HashSet<SessionKey>();
        var writes = new List<DeadLetterWrite>();
        foreach (var (letter, known, other) in letters)
        {
            if (other is null) writes.Add(new DeadLetterWrite(letter, known));
            else Unite(letter, other, writes, shared);
        }

        for (var union = 0; writes.Count > 0 && union <= MaxUnions; union++)
        {
            var conflicts = (await store.PutDeadLettersAsync(writes, cancellationToken).ConfigureAwait(false)).ToDictionary(static conflict => conflict.Key, static conflict => conflict.InPlace);
            if (writes.Count > conflicts.Count) Log.DeadLettersStored(logger, writes.Count - conflicts.Count);
            var again = new List<DeadLetterWrite>();
            foreach (var (letter, _) in writes)
            {
                if (!conflicts.TryGetValue(letter.Key, out var inPlace)) quarantine.LetterStored(letter, refused[letter.Key], shared.Contains(letter.Key));
                else if (inPlace is not null) Unite(letter, inPlace, again, shared);
                else StoreAnew(letter.Key);
            }

            writes = again;
        }
    }

    private void Unite(DeadLetter letter, DeadLetter other, List<DeadLetterWrite> writes, HashSet<SessionKey> shared)
    {
        if (LetterUnion.Of(letter, other, node, out var isShared) is { } union) writes.Add(union);
        if (isShared) shared.Add(letter.Key);
    }

    // Its letter was replayed or discarded: what was refused since came from the row before that.
    private void StoreAnew(SessionKey key)
    {
        quarantine.LetterTaken(key);
        shardOf(key).TryAgain(key);
    }
}
