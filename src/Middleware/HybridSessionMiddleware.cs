using HybridSession.Consistency;
using HybridSession.Hot;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>
/// Gives every request its session. A request without a token, or with the token of a hot session, goes on synchronously; any other waits for one load first.
/// </summary>
internal sealed class HybridSessionMiddleware
{
    private readonly RequestDelegate _next;
    private readonly SessionServices _services;

    public HybridSessionMiddleware(RequestDelegate next, SessionEngine engine, IOptions<HybridSessionOptions> options, ISessionTokenTransport transport, TimeProvider time, ILogger<HybridSessionMiddleware> logger)
    {
        _next = next;
        _services = new SessionServices(engine, options.Value, transport, time, logger);
        if (!options.Value.Enabled) logger.SwitchedOff();
    }

    public Task Invoke(HttpContext context)
    {
        if (!_services.Options.Enabled) return _next(context);
        // Another pass over the same request (a re-execution, or the middleware twice) goes on with the session of the first.
        if (context.Features.Get<HybridRequestSession>() is { } session) return RunAsync(context, session);

        var opened = new OpenResult(null, SessionOrigin.NoToken);
        var broughtToken = _services.Transport.TryRead(context, out var text);
        if (broughtToken)
        {
            opened = new OpenResult(null, SessionOrigin.Malformed);
            if (TokenText.TryCut(text, out var tokenText, out var stamp) && !_services.Engine.TryOpenHot(tokenText, stamp, out opened))
            {
                if (SessionToken.TryParse(tokenText, out var token)) return LoadAndRunAsync(context, token, stamp);
                opened = new OpenResult(null, SessionOrigin.Malformed);
            }
            if (opened.Origin == SessionOrigin.Malformed) _services.Reports.MalformedToken();
        }
        return RunAsync(context, Begin(context, opened, broughtToken, unavailable: null));
    }

    private async Task LoadAndRunAsync(HttpContext context, SessionToken token, SessionStamp stamp)
    {
        var opened = new OpenResult(null, SessionOrigin.StoreUnavailable);
        Exception? failure = null;
        try
        {
            // Not cancelled with the request: the application may act for a client that has gone, and must find its session.
            opened = await _services.Engine.OpenAsync(token, stamp, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
            _services.Reports.LoadFailed(_services.Options.OnUnavailable, e);
        }

        if (failure is not null && _services.FailsWhenUnavailable) _services.Refuse(context.Response);
        else await RunAsync(context, Begin(context, opened, broughtToken: true, failure)).ConfigureAwait(false);
    }

    private HybridRequestSession Begin(HttpContext context, OpenResult opened, bool broughtToken, Exception? unavailable)
    {
        var session = new HybridRequestSession(context, _services, opened, broughtToken, unavailable);
        context.Features.Set(session);
        session.RegisterForStart();
        return session;
    }

    private async Task RunAsync(HttpContext context, HybridRequestSession session)
    {
        var outer = context.Features.Get<ISessionFeature>();
        context.Features.Set<ISessionFeature>(session);
        session.Enter();
        var threw = true;
        try
        {
            try
            {
                await _next(context).ConfigureAwait(false);
                threw = false;
            }
            finally
            {
                context.Features.Set(outer);
                await session.LeaveAsync(threw).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when ((failure is SessionBacklogFullException || _services.IsRefusal(session.CommitFailure)) && !context.Response.HasStarted)
        {
            context.Response.Clear();
            _services.Refuse(context.Response);
        }
    }
}
