using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HybridSession.Middleware;

/// <summary>What every request's session needs of the application; one per pipeline.</summary>
internal sealed class SessionServices(SessionEngine engine, HybridSessionOptions options, ISessionTokenTransport transport, TimeProvider time, ILogger logger)
{
    private readonly string _retryAfter = Math.Max(1, (long)Math.Ceiling(options.Resilience.BreakDuration.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);

    public SessionEngine Engine { get; } = engine;
    public HybridSessionOptions Options { get; } = options;
    public ISessionTokenTransport Transport { get; } = transport;
    public CookieRenewal Renewal { get; } = new(options.Cookie.MaxAge, time);
    public ILogger Logger { get; } = logger;
    public SessionReports Reports { get; } = new(logger, time);
    public bool FailsWhenUnavailable => Options.OnUnavailable == UnavailableBehavior.Fail503;

    /// <summary>The failure is one that the client should answer by trying again later: asked for by the option, or the node is full.</summary>
    public bool IsRefusal(Exception? failure) => failure is SessionBacklogFullException || (failure is not null && (FailsWhenUnavailable || Engine.Memory.Dirty > Options.MaxDirtyBytes));

    /// <summary>Turns a response that has not started into 503. <c>Retry-After</c> is the time after which the circuit lets a call through again.</summary>
    public void Refuse(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.Headers.RetryAfter = _retryAfter;
    }
}
