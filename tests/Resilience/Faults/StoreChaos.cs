using HybridSession.Postgres.Failures;
using Npgsql;
using Polly;
using Polly.Simmy;
using Polly.Simmy.Fault;
using Polly.Simmy.Latency;

namespace HybridSession.Resilience.Faults;

/// <summary>
/// A fault within the process: at a chance, a call to the store is late, fails as PostgreSQL makes it fail, or is done and fails afterwards, as when the answer to COMMIT is lost.
/// <see cref="Wrap"/> is the innermost stage of the store.
/// </summary>
/// <param name="rates">The chance in each round; the last one holds on.</param>
internal sealed class StoreChaos(params double[] rates) : IFault
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(200);

    private int _round;
    private int _times;
    private double _rate;

    public int Times => _times;

    public Task StartAsync()
    {
        _times = 0;
        Volatile.Write(ref _rate, rates[Math.Min(_round++, rates.Length - 1)]);
        return Task.CompletedTask;
    }

    public Task HealAsync()
    {
        Volatile.Write(ref _rate, 0);
        Assert.True(Times > 0, "No call was hit.");
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public ISessionBackingStore Wrap(ISessionBackingStore inner) => new Stage(inner, Before(), After());

    private ResiliencePipeline Before() => new ResiliencePipelineBuilder()
        .AddChaosLatency(new ChaosLatencyStrategyOptions
        {
            InjectionRateGenerator = _ => ValueTask.FromResult(Volatile.Read(ref _rate)),
            LatencyGenerator = _ => ValueTask.FromResult(LongestDelay * Random.Shared.NextDouble()),
        })
        .AddChaosFault(new ChaosFaultStrategyOptions
        {
            InjectionRateGenerator = _ => ValueTask.FromResult(Volatile.Read(ref _rate) / 2),
            FaultGenerator = new FaultGenerator()
                .AddException(() => Failed(Lost(), outcomeUnknown: false))
                .AddException(() => Failed(Said("ERROR", PostgresErrorCodes.DeadlockDetected), outcomeUnknown: false))
                .AddException(() => Failed(Said("FATAL", PostgresErrorCodes.TooManyConnections), outcomeUnknown: false))
                .AddException(() => Failed(Said("FATAL", PostgresErrorCodes.AdminShutdown), outcomeUnknown: false))
                .AddException(() => Failed(Said("ERROR", PostgresErrorCodes.ReadOnlySqlTransaction), outcomeUnknown: false))
                .AddException(() => Failed(Said("ERROR", PostgresErrorCodes.QueryCanceled), outcomeUnknown: false)),
        })
        .Build();

    private ResiliencePipeline After() => new ResiliencePipelineBuilder()
        .AddChaosFault(new ChaosFaultStrategyOptions
        {
            InjectionRateGenerator = _ => ValueTask.FromResult(Volatile.Read(ref _rate) / 2),
            FaultGenerator = new FaultGenerator()
                .AddException(() => Failed(Lost(), outcomeUnknown: true))
                .AddException(() => Failed(Said("FATAL", PostgresErrorCodes.AdminShutdown), outcomeUnknown: true)),
        })
        .Build();

    // As the PostgreSQL store makes it of what Npgsql throws.
    private BackingStoreException Failed(Exception cause, bool outcomeUnknown)
    {
        Interlocked.Increment(ref _times);
        return StoreFailure.Wrap("A call to the store", cause, outcomeUnknown);
    }

    private static NpgsqlException Lost() => new("Exception while reading from stream", new IOException("Broken pipe"));

    private static PostgresException Said(string severity, string sqlState) => new("made by the test", severity, severity, sqlState);

    private sealed class Stage(ISessionBackingStore inner, ResiliencePipeline before, ResiliencePipeline after) : DelegatingBackingStore(inner)
    {
        public override ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionRead> reads, CancellationToken cancellationToken) => RunAsync(token => Inner.LoadAsync(reads, token), cancellationToken);

        public override ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken) => RunAsync(token => Inner.FlushAsync(batch, token), cancellationToken);

        public override ValueTask<IReadOnlyList<SessionKey>> TouchAsync(IReadOnlyList<SessionTouch> batch, CancellationToken cancellationToken) => RunAsync(token => Inner.TouchAsync(batch, token), cancellationToken);

        public override ValueTask<bool> RemoveAsync(SessionKey key, CancellationToken cancellationToken) => RunAsync(token => Inner.RemoveAsync(key, token), cancellationToken);

        public override ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken) =>
            RunAsync(token => Inner.RekeyAsync(oldKey, baseVersion, replacement, token), cancellationToken);

        public override ValueTask<long> PruneAsync(TimeSpan grace, CancellationToken cancellationToken) => RunAsync(token => Inner.PruneAsync(grace, token), cancellationToken);

        private async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
        {
            var result = await before.ExecuteAsync(call, cancellationToken);
            await after.ExecuteAsync(static _ => ValueTask.CompletedTask, cancellationToken);
            return result;
        }
    }
}
