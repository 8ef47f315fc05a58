using HybridSession.Consistency;
using HybridSession.Hot;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>
/// Gives every request its session. A request without a token, or with the token of a hot session, goes on synchronously; any other waits for one load first,
/// and at an exclusive endpoint for its turn.
/// </summary>
internal sealed class HybridSessionMiddleware
{
    private readonly RequestDelegate _next;
    private readonly SessionServices _services;
    private readonly RequestTurns _turns;
    private readonly StockSessionImporter? _importer;

    public HybridSessionMiddleware(RequestDelegate next, SessionEngine engine, IOptions<HybridSessionOptions> options, ISessionTokenTransport transport, TimeProvider time, ILogger<HybridSessionMiddleware> logger, StockSessionImporter? importer = null)
    {
        _next = next;
        _services = new SessionServices(engine, options.Value, transport, time, logger);
        _turns = new RequestTurns(_services);
        _importer = importer;
        if (!options.Value.Enabled) logger.SwitchedOff();
    }

    public Task Invoke(HttpContext context)
    {
        if (!_services.Options.Enabled) return _next(context);
        // Another pass over the same request (a re-execution, or the middleware twice) goes on with the session of the first.
        if (context.Features.Get<HybridRequestSession>() is { } session) return RunAgainAsync(context, session);

        var opened = new OpenResult(null, SessionOrigin.NoToken);
        SessionStamp stamp = default;
        var broughtToken = _services.Transport.TryRead(context, out var text);
        if (broughtToken)
        {
            opened = new OpenResult(null, SessionOrigin.Malformed);
            if (TokenText.TryCut(text, out var tokenText, out stamp) && !_services.Engine.TryOpenHot(tokenText, stamp, out opened, Extends(context)))
            {
                if (SessionToken.TryParse(tokenText, out var token)) return LoadAndRunAsync(context, token, stamp);
                opened = new OpenResult(null, SessionOrigin.Malformed);
            }
            if (opened.Origin == SessionOrigin.Malformed) _services.Reports.MalformedToken();
        }
        if (_importer is not null && opened.Origin is SessionOrigin.NoToken or SessionOrigin.Malformed && _importer.FindKey(context.Request) is { } stockKey)
            return ImportAndRunAsync(context, _importer, stockKey, opened, broughtToken);
        return opened.Session is not null && _turns.IsWanted(context)
            ? RunInTurnAsync(context, opened, stamp)
            : RunAsync(context, Begin(context, opened, broughtToken, unavailable: null));
    }

    private async Task LoadAndRunAsync(HttpContext context, SessionToken token, SessionStamp stamp)
    {
        var opened = new OpenResult(null, SessionOrigin.StoreUnavailable);
        Exception? failure = null;
        try
        {
            // Not cancelled with the request: the application may act for a client that has gone, and must find its session.
            opened = await _services.Engine.OpenAsync(token, stamp, CancellationToken.None, Extends(context)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
            _services.Reports.LoadFailed(_services.Options.OnUnavailable, e);
        }

        if (failure is not null && _services.FailsWhenUnavailable) _services.Refuse(context.Response);
        else if (opened.Session is not null && _turns.IsWanted(context)) await RunInTurnAsync(context, opened, stamp).ConfigureAwait(false);
        else await RunAsync(context, Begin(context, opened, broughtToken: true, failure)).ConfigureAwait(false);
    }

    // The copy is this request's own, so there is no turn to wait for.
    private async Task ImportAndRunAsync(HttpContext context, StockSessionImporter importer, string stockKey, OpenResult missed, bool broughtToken)
    {
        StockImport? import = null;
        Exception? failure = null;
        try
        {
            import = await importer.ImportAsync(stockKey).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
            _services.Reports.LoadFailed(_services.Options.OnUnavailable, e);
            if (_services.FailsWhenUnavailable)
            {
                _services.Refuse(context.Response);
                return;
            }
        }

        var opened = failure is not null ? new OpenResult(null, SessionOrigin.StoreUnavailable) : import is null ? missed : new OpenResult(import.Session, SessionOrigin.Imported);
        var session = Begin(context, opened, broughtToken, failure);
        if (import is not null) session.BeginImported(import);
        await RunAsync(context, session).ConfigureAwait(false);
    }

    /// <summary>The request puts off the end of its session, as far as its endpoint is known.</summary>
    public static bool Extends(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<IExtendSessionMetadata>() is not { Extends: false };

    // Nobody has a new session but its own request, so only who brings one gets here.
    private async Task RunInTurnAsync(HttpContext context, OpenResult opened, SessionStamp stamp)
    {
        TurnOpening entered = default;
        Exception? failure = null;
        try
        {
            entered = await _turns.EnterAsync(context, opened, stamp).ConfigureAwait(false);
            if (entered.Turn is null) return;
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            failure = e;
            _services.Reports.LoadFailed(_services.Options.OnUnavailable, e);
            entered = entered with { Opened = new OpenResult(null, SessionOrigin.StoreUnavailable) };
            if (_services.FailsWhenUnavailable)
            {
                _services.Refuse(context.Response);
                return;
            }
        }

        await RunAndLeaveAsync(context, null, entered, failure).ConfigureAwait(false);
    }

    // A nested pass has the turn of the outer one. A re-execution that leads to an exclusive endpoint takes one of its own.
    private async Task RunAgainAsync(HttpContext context, HybridRequestSession session)
    {
        TurnOpening entered = default;
        if (session.Shared is { IsStored: true } live && _turns.IsWanted(context) && !RequestTurns.IsInTurn(context))
        {
            entered = await _turns.EnterAsync(context, new OpenResult(live, session.Origin), default).ConfigureAwait(false);
            if (entered.Turn is null) return;
            session.GoOnWith(entered.Opened);
        }

        await RunAndLeaveAsync(context, session, entered, unavailable: null).ConfigureAwait(false);
    }

    private async Task RunAndLeaveAsync(HttpContext context, HybridRequestSession? session, TurnOpening entered, Exception? unavailable)
    {
        try
        {
            session ??= Begin(context, entered.Opened, broughtToken: true, unavailable);
            await RunAsync(context, session).ConfigureAwait(false);
        }
        finally
        {
            if (entered.Turn is { } turn) await _turns.LeaveAsync(context, turn, session).ConfigureAwait(false);
        }
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
                _turns.LookForMissed(context);
            }
        }
        catch (Exception failure) when ((failure is SessionBacklogFullException || _services.IsRefusal(session.CommitFailure)) && !context.Response.HasStarted)
        {
            context.Response.Clear();
            _services.Refuse(context.Response);
        }
    }
}
