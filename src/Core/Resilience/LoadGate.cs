using Polly;
using Polly.RateLimiting;

namespace HybridSession.Resilience;

/// <summary>Keeps the number of requests that wait for a load within <see cref="LoadResilienceOptions.MaxWaiting"/>. Thread-safe.</summary>
internal sealed class LoadGate(LoadResilienceOptions options, TimeProvider time)
{
    private readonly ResiliencePipeline _pipeline = new ResiliencePipelineBuilder { TimeProvider = time, Name = "hybridsession-load-gate" }
        .AddConcurrencyLimiter(options.MaxWaiting, queueLimit: 0)
        .Build();

    /// <exception cref="BackingStoreException">Too many wait already (<see cref="BackingStoreFailure.LocalPressure"/>).</exception>
    public async ValueTask<TResult> RunAsync<TState, TResult>(Func<TState, CancellationToken, ValueTask<TResult>> load, TState state, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(load, state, cancellationToken).ConfigureAwait(false);
        }
        catch (RateLimiterRejectedException rejected)
        {
            throw new BackingStoreException(
                $"{options.MaxWaiting} requests wait for the load of their session already (Resilience:Loads:MaxWaiting); one more was not kept waiting. Look at the store's latency, or raise the limit.",
                BackingStoreFailure.LocalPressure, outcomeUnknown: false, rejected);
        }
    }
}
