using System.Runtime.CompilerServices;
using HybridSession.Diagnostics;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace HybridSession.Resilience;

/// <summary>
/// The stage that puts Polly around every call, each kind in its own pipeline. While the circuit is open nothing is attempted but pings.
/// </summary>
/// <remarks>
/// Retries here are short; a batch that still failed is the flush schedule's job. The unit that is repeated is always a whole call, never a part of a transaction.
/// Not repeated: what is not transient, and what must not happen twice when its outcome is unknown (births and the change of a token).
/// </remarks>
internal sealed class ResilientBackingStore : DelegatingBackingStore
{
    private readonly StoreCircuit _circuit;
    private readonly StorePipelines _pipelines;
    private readonly SessionMetrics? _metrics;

    /// <param name="inner">The store, with the stages of the application.</param>
    /// <param name="options">The numbers.</param>
    /// <param name="circuit">Is told what the breaker does.</param>
    /// <param name="logger">Hears of the circuit.</param>
    /// <param name="metrics">Counts the calls that failed for good.</param>
    /// <param name="loggers">For Polly's own account of every attempt, at Debug.</param>
    public ResilientBackingStore(
        ISessionBackingStore inner, ResilienceOptions options, StoreCircuit circuit, ILogger<ResilientBackingStore> logger, SessionMetrics? metrics = null, ILoggerFactory? loggers = null) : base(inner)
    {
        (_circuit, _metrics) = (circuit, metrics);
        _pipelines = new StorePipelines(options, circuit, logger, loggers);
        metrics?.Observe(circuit);
    }

    public override ValueTask PingAsync(CancellationToken cancellationToken) => PingStoreAsync(cancellationToken);

    public override ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionRead> reads, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Loads, CallKind.Load, static (call, token) => call.Store.LoadAsync(call.Argument, token), (Store: Inner, Argument: reads), cancellationToken);

    public override ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Flushes, batch.Any(static write => write.IsBirth) ? CallKind.WriteOnce : CallKind.Write,
            static (call, token) => call.Store.FlushAsync(call.Argument, token), (Store: Inner, Argument: batch), cancellationToken);

    public override ValueTask<IReadOnlyList<SessionKey>> TouchAsync(IReadOnlyList<SessionTouch> batch, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Flushes, CallKind.Write, static (call, token) => call.Store.TouchAsync(call.Argument, token), (Store: Inner, Argument: batch), cancellationToken);

    public override ValueTask<bool> RemoveAsync(SessionKey key, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Flushes, CallKind.Write, static (call, token) => call.Store.RemoveAsync(call.Argument, token), (Store: Inner, Argument: key), cancellationToken);

    public override ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Flushes, CallKind.WriteOnce, static (call, token) => call.Store.RekeyAsync(call.Argument.oldKey, call.Argument.baseVersion, call.Argument.replacement, token),
            (Store: Inner, Argument: (oldKey, baseVersion, replacement)), cancellationToken);

    // What a repetition finds done already it would not name, and the other nodes would not hear of it.
    public override ValueTask<BindOutcome> BindAsync(SessionBinding binding, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Flushes, CallKind.WriteOnce, static (call, token) => call.Store.BindAsync(call.Argument, token), (Store: Inner, Argument: binding), cancellationToken);

    public override ValueTask<IReadOnlyList<UserSession>> FindByUserAsync(string userId, int max, string? after, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Loads, CallKind.Load, static (call, token) => call.Store.FindByUserAsync(call.Argument.userId, call.Argument.max, call.Argument.after, token), (Store: Inner, Argument: (userId, max, after)), cancellationToken);

    public override ValueTask<long> CountByUserAsync(string userId, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Loads, CallKind.Load, static (call, token) => call.Store.CountByUserAsync(call.Argument, token), (Store: Inner, Argument: userId), cancellationToken);

    // It may read the whole table: not within the time of a load.
    public override ValueTask<long> CountAsync(CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Maintenance, CallKind.Load, static (store, token) => store.CountAsync(token), Inner, cancellationToken);

    public override ValueTask<IReadOnlyList<SessionKey>> RemoveByUserAsync(string userId, string? except, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Flushes, CallKind.WriteOnce, static (call, token) => call.Store.RemoveByUserAsync(call.Argument.userId, call.Argument.except, token), (Store: Inner, Argument: (userId, except)), cancellationToken);

    public override ValueTask<IReadOnlyList<SessionKey>> RemoveByPublicIdAsync(string publicId, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Flushes, CallKind.WriteOnce, static (call, token) => call.Store.RemoveByPublicIdAsync(call.Argument, token), (Store: Inner, Argument: publicId), cancellationToken);

    public override ValueTask<long> PruneAsync(TimeSpan grace, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Maintenance, CallKind.Write, static (call, token) => call.Store.PruneAsync(call.Argument, token), (Store: Inner, Argument: grace), cancellationToken);

    public override ValueTask<IReadOnlyList<DeadLetterConflict>> PutDeadLettersAsync(IReadOnlyList<DeadLetterWrite> letters, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Flushes, CallKind.Write, static (call, token) => call.Store.PutDeadLettersAsync(call.Argument, token), (Store: Inner, Argument: letters), cancellationToken);

    public override ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int max, int skip, string? publicId, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Loads, CallKind.Load, static (call, token) => call.Store.ReadDeadLettersAsync(call.Argument.max, call.Argument.skip, call.Argument.publicId, token), (Store: Inner, Argument: (max, skip, publicId)), cancellationToken);

    public override ValueTask<int> ReleaseDeadLettersAsync(IReadOnlyList<DeadLetterVersion> letters, CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Flushes, CallKind.Write, static (call, token) => call.Store.ReleaseDeadLettersAsync(call.Argument, token), (Store: Inner, Argument: letters), cancellationToken);

    public override ValueTask<long> CountDeadLettersAsync(CancellationToken cancellationToken) =>
        RunAsync(_pipelines.Loads, CallKind.Load, static (store, token) => store.CountDeadLettersAsync(token), Inner, cancellationToken);

    private async ValueTask PingStoreAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _pipelines.Pings.ExecuteAsync(static (store, token) => store.PingAsync(token), Inner, cancellationToken).ConfigureAwait(false);
            _circuit.Answered(ping: true);
        }
        catch (Exception exception) when (Translate(exception) is { } failure)
        {
            _metrics?.StoreFailed(nameof(PingAsync), failure.Failure);
            throw failure;
        }
        catch (BackingStoreException failure)
        {
            _metrics?.StoreFailed(nameof(PingAsync), failure.Failure);
            throw;
        }
    }

    private async ValueTask<TResult> RunAsync<TResult, TCall>(
        ResiliencePipeline pipeline, CallKind kind, Func<TCall, CancellationToken, ValueTask<TResult>> call, TCall arguments, CancellationToken cancellationToken, [CallerMemberName] string member = "")
    {
        if (_circuit.IsAway)
        {
            _metrics?.StoreFailed(member, BackingStoreFailure.CircuitOpen);
            throw StoreCircuit.Refusal();
        }

        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        context.Properties.Set(StorePipelines.Kind, kind);
        try
        {
            var result = await pipeline.ExecuteAsync(
                static (context, state) => state.call(state.arguments, context.CancellationToken), context, (call, arguments)).ConfigureAwait(false);
            _circuit.Answered(ping: false);
            return result;
        }
        catch (Exception exception) when (Translate(exception) is { } failure)
        {
            _metrics?.StoreFailed(member, failure.Failure);
            throw failure;
        }
        catch (BackingStoreException failure)
        {
            _metrics?.StoreFailed(member, failure.Failure);
            throw;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    // Polly's own exceptions in the words of the contract; null for everything else.
    private static BackingStoreException? Translate(Exception exception) => exception switch
    {
        BrokenCircuitException broken => StoreCircuit.Refusal(broken),
        TimeoutRejectedException timeout => new BackingStoreException(
            $"The backing store did not answer within Resilience AttemptTimeout ({timeout.Timeout}).", BackingStoreFailure.Timeout, outcomeUnknown: true, timeout),
        _ => null,
    };
}
