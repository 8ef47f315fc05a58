using HybridSession.Diagnostics;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace HybridSession.Resilience;

/// <summary>
/// The stage that puts Polly around every call: a time-out for each attempt, inside a retry with jitter, inside a circuit breaker that all calls share.
/// </summary>
/// <remarks>
/// Retries here are short; a batch that still failed is the flush schedule's job. The unit that is repeated is always a whole call, never a part of a transaction.
/// Not repeated: what is not transient, and what must not happen twice when its outcome is unknown (births and the change of a token).
/// </remarks>
internal sealed class ResilientBackingStore : DelegatingBackingStore
{
    private static readonly ResiliencePropertyKey<bool> RepeatUnknown = new("hybridsession.repeat_unknown");

    private readonly ResiliencePipeline _requests;
    private readonly ResiliencePipeline _maintenance;
    private readonly CircuitBreakerStateProvider _circuit = new();

    public ResilientBackingStore(ISessionBackingStore inner, ResilienceOptions options, TimeProvider time, ILogger<ResilientBackingStore> logger) : base(inner)
    {
        var breaker = new ResiliencePipelineBuilder { TimeProvider = time, Name = "hybridsession breaker" }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = options.FailureRatio,
                MinimumThroughput = options.MinimumThroughput,
                SamplingDuration = options.SamplingDuration,
                BreakDuration = options.BreakDuration,
                StateProvider = _circuit,
                ShouldHandle = static args => ValueTask.FromResult(SaysTheStoreIsAway(args.Outcome.Exception)),
                OnOpened = args =>
                {
                    Log.CircuitOpened(logger, args.BreakDuration.TotalSeconds, args.Outcome.Exception);
                    return default;
                },
                OnClosed = _ =>
                {
                    Log.CircuitClosed(logger);
                    return default;
                },
            })
            .Build();

        _requests = Pipeline(breaker, options, time, options.AttemptTimeout);
        // Pruning walks the whole table in small steps; as one call it may take much longer than a flush.
        _maintenance = Pipeline(breaker, options, time, options.AttemptTimeout * 20);
    }

    public CircuitState Circuit => _circuit.CircuitState;

    public override ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionKey> keys, CancellationToken cancellationToken) =>
        RunAsync(_requests, true, static (call, token) => call.Store.LoadAsync(call.Argument, token), (Store: Inner, Argument: keys), cancellationToken);

    public override ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken) =>
        RunAsync(_requests, !batch.Any(static write => write.IsBirth), static (call, token) => call.Store.FlushAsync(call.Argument, token), (Store: Inner, Argument: batch), cancellationToken);

    public override ValueTask<IReadOnlyList<SessionKey>> TouchAsync(IReadOnlyList<SessionTouch> batch, CancellationToken cancellationToken) =>
        RunAsync(_requests, true, static (call, token) => call.Store.TouchAsync(call.Argument, token), (Store: Inner, Argument: batch), cancellationToken);

    public override ValueTask<bool> RemoveAsync(SessionKey key, CancellationToken cancellationToken) =>
        RunAsync(_requests, true, static (call, token) => call.Store.RemoveAsync(call.Argument, token), (Store: Inner, Argument: key), cancellationToken);

    public override ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken) =>
        RunAsync(_requests, false, static (call, token) => call.Store.RekeyAsync(call.Argument.oldKey, call.Argument.baseVersion, call.Argument.replacement, token),
            (Store: Inner, Argument: (oldKey, baseVersion, replacement)), cancellationToken);

    public override ValueTask<long> PruneAsync(TimeSpan grace, CancellationToken cancellationToken) =>
        RunAsync(_maintenance, true, static (call, token) => call.Store.PruneAsync(call.Argument, token), (Store: Inner, Argument: grace), cancellationToken);

    public override ValueTask<IReadOnlyList<DeadLetterConflict>> PutDeadLettersAsync(IReadOnlyList<DeadLetterWrite> letters, CancellationToken cancellationToken) =>
        RunAsync(_requests, true, static (call, token) => call.Store.PutDeadLettersAsync(call.Argument, token), (Store: Inner, Argument: letters), cancellationToken);

    public override ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int max, int skip, string? publicId, CancellationToken cancellationToken) =>
        RunAsync(_requests, true, static (call, token) => call.Store.ReadDeadLettersAsync(call.Argument.max, call.Argument.skip, call.Argument.publicId, token), (Store: Inner, Argument: (max, skip, publicId)), cancellationToken);

    public override ValueTask<int> ReleaseDeadLettersAsync(IReadOnlyList<DeadLetterVersion> letters, CancellationToken cancellationToken) =>
        RunAsync(_requests, true, static (call, token) => call.Store.ReleaseDeadLettersAsync(call.Argument, token), (Store: Inner, Argument: letters), cancellationToken);

    public override ValueTask<long> CountDeadLettersAsync(CancellationToken cancellationToken) =>
        RunAsync(_requests, true, static (store, token) => store.CountDeadLettersAsync(token), Inner, cancellationToken);

    private static ResiliencePipeline Pipeline(ResiliencePipeline breaker, ResilienceOptions options, TimeProvider time, TimeSpan attemptTimeout)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = time, Name = "hybridsession store" }.AddPipeline(breaker);
        if (options.MaxRetries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = options.MaxRetries,
                Delay = options.RetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = static args => ValueTask.FromResult(MayRepeat(args.Outcome.Exception, args.Context)),
            });
        }

        return builder.AddTimeout(attemptTimeout).Build();
    }

    private static bool SaysTheStoreIsAway(Exception? exception) => exception switch
    {
        TimeoutRejectedException => true,
        BackingStoreException { Failure: BackingStoreFailure.Transient or BackingStoreFailure.WrongServer or BackingStoreFailure.Setup } => true,
        _ => false,
    };

    private static bool MayRepeat(Exception? exception, ResilienceContext context)
    {
        var mayRepeatUnknown = context.Properties.GetValue(RepeatUnknown, false);
        return exception switch
        {
            TimeoutRejectedException => mayRepeatUnknown,
            BackingStoreException failure => failure.IsTransient && (mayRepeatUnknown || !failure.OutcomeUnknown),
            _ => false,
        };
    }

    private static async ValueTask<TResult> RunAsync<TResult, TCall>(
        ResiliencePipeline pipeline, bool mayRepeatUnknown, Func<TCall, CancellationToken, ValueTask<TResult>> call, TCall arguments, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        context.Properties.Set(RepeatUnknown, mayRepeatUnknown);
        try
        {
            return await pipeline.ExecuteAsync(
                static (context, state) => state.call(state.arguments, context.CancellationToken), context, (call, arguments)).ConfigureAwait(false);
        }
        catch (BrokenCircuitException broken)
        {
            throw new BackingStoreException("The backing store failed repeatedly and is left alone for a moment; this call was not attempted.", BackingStoreFailure.CircuitOpen, outcomeUnknown: false, broken);
        }
        catch (TimeoutRejectedException timeout)
        {
            throw new BackingStoreException($"The backing store did not answer within Resilience.AttemptTimeout ({timeout.Timeout}).", BackingStoreFailure.Transient, outcomeUnknown: true, timeout);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }
}
