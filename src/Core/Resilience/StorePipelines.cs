using HybridSession.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Telemetry;

namespace HybridSession.Resilience;

/// <summary>
/// One Polly pipeline for each kind of call: a time-out for each attempt, inside the circuit breaker that all share, inside a retry with decorrelated jitter.
/// The breaker counts attempts, so that a store that says nothing is noticed after a few of them; the retry never waits for an open circuit.
/// </summary>
internal sealed class StorePipelines
{
    public static readonly ResiliencePropertyKey<CallKind> Kind = new("hybridsession.call_kind");

    private readonly ResilienceOptions _options;
    private readonly TimeProvider _time;
    private readonly TelemetryOptions _telemetry;
    private readonly ResiliencePipeline _breaker;

    public StorePipelines(ResilienceOptions options, StoreCircuit circuit, ILogger logger, ILoggerFactory? loggers)
    {
        (_options, _time) = (options, circuit.Clock.Time);
        // What matters is logged here in words of this project; Polly's own account of every attempt is for those who switch Debug on, and for its meter.
        _telemetry = new TelemetryOptions { LoggerFactory = loggers ?? NullLoggerFactory.Instance, SeverityProvider = static _ => ResilienceEventSeverity.Debug };
        _breaker = Breaker(circuit, logger);
        Loads = Pipeline("loads", options.Loads);
        Flushes = Pipeline("flushes", options.Flushes);
        Maintenance = Pipeline("maintenance", options.Maintenance);
        Pings = Builder("pings").AddPipeline(_breaker).AddTimeout(options.Loads.AttemptTimeout).Build();
    }

    public ResiliencePipeline Loads { get; }

    public ResiliencePipeline Flushes { get; }

    public ResiliencePipeline Maintenance { get; }

    /// <summary>A ping is never repeated: the next one comes anyway.</summary>
    public ResiliencePipeline Pings { get; }

    private ResiliencePipelineBuilder Builder(string name) =>
        new ResiliencePipelineBuilder { TimeProvider = _time, Name = $"hybridsession-{name}" }.ConfigureTelemetry(_telemetry);

    private ResiliencePipeline Pipeline(string name, CallResilienceOptions call)
    {
        var builder = Builder(name);
        if (call.MaxRetries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = call.MaxRetries,
                Delay = call.RetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = static args => ValueTask.FromResult(FailureRules.MayRepeat(args.Outcome.Exception, args.Context.Properties.GetValue(Kind, CallKind.WriteOnce))),
            });
        }

        return builder.AddPipeline(_breaker).AddTimeout(call.AttemptTimeout).Build();
    }

    private ResiliencePipeline Breaker(StoreCircuit circuit, ILogger logger)
    {
        return Builder("breaker").AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = _options.FailureRatio,
            MinimumThroughput = _options.MinimumThroughput,
            SamplingDuration = _options.SamplingDuration,
            BreakDuration = _options.BreakDuration,
            ShouldHandle = static args => ValueTask.FromResult(FailureRules.SaysTheStoreIsAway(args.Outcome.Exception)),
            OnOpened = args =>
            {
                if (circuit.Open()) Log.CircuitOpened(logger, args.BreakDuration.TotalSeconds, args.Outcome.Exception);
                else Log.CircuitOpenedAgain(logger, args.Outcome.Exception);
                return default;
            },
            OnClosed = _ =>
            {
                if (circuit.Close()) Log.CircuitClosed(logger);
                return default;
            },
        }).Build();
    }
}
