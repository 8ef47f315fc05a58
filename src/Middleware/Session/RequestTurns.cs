using HybridSession.Consistency;
using HybridSession.Hot;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware;

/// <summary>Which requests take turns, and what those get whose turn does not come.</summary>
internal sealed class RequestTurns(SessionServices services)
{
    // The next attempt of a client: its turn may come any moment.
    private const string RetryAfterSeconds = "1";

    private volatile bool _isRoutedFirst;
    private bool _isOrderTold;

    /// <summary>The endpoint takes requests of one session in turn. The only thing that other endpoints pay for.</summary>
    public bool IsWanted(HttpContext context)
    {
        if (context.GetEndpoint() is not { } endpoint) return false;
        if (!_isRoutedFirst) _isRoutedFirst = true;
        return endpoint.Metadata.GetMetadata<IExclusiveSessionMetadata>() is { IsExclusive: true };
    }

    /// <summary>The request runs in a turn already, in an outer pass.</summary>
    public static bool IsInTurn(HttpContext context) => context.Features.Get<ExclusiveTurn>() is not null;

    /// <summary>Other nodes are kept out, and are to find stored what the request changed.</summary>
    public static bool IsShared(HttpContext context) => context.Features.Get<ExclusiveTurn>() is { IsShared: true };

    /// <summary>Waits for the turn of the session that was opened. Without a turn in the result, the request was answered instead.</summary>
    /// <exception cref="BackingStoreException">The store could not be asked.</exception>
    /// <exception cref="OperationCanceledException">The request was aborted, or the store took too long.</exception>
    public async ValueTask<TurnOpening> EnterAsync(HttpContext context, OpenResult opened, SessionStamp stamp)
    {
        var entered = await services.Engine.EnterTurnAsync(opened, stamp, context.RequestAborted).ConfigureAwait(false);
        if (entered.Turn is null) Refuse(context.Response, entered.Outcome);
        else context.Features.Set(entered.Turn);
        return entered;
    }

    /// <summary>Ends the turn when the pipeline has ended, however it did.</summary>
    /// <param name="context">The request.</param>
    /// <param name="turn">Its turn.</param>
    /// <param name="session">Its session; null when it never came to one.</param>
    public async ValueTask LeaveAsync(HttpContext context, ExclusiveTurn turn, HybridRequestSession? session)
    {
        context.Features.Set<ExclusiveTurn>(null);
        try
        {
            // What failed already is not waited for once more.
            await services.Engine.LeaveTurnAsync(turn, session is { CommitFailure: null } ? session.Shared : null).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is BackingStoreException or OperationCanceledException)
        {
            services.Reports.CommitFailed(Durability.Durable, failure);
        }
    }

    /// <summary>After a request: where routing comes after the sessions, nobody ever waits.</summary>
    public void LookForMissed(HttpContext context)
    {
        if (_isRoutedFirst || _isOrderTold || context.GetEndpoint()?.Metadata.GetMetadata<IExclusiveSessionMetadata>() is not { IsExclusive: true }) return;
        if (!Interlocked.Exchange(ref _isOrderTold, true)) services.Logger.TurnMissed();
    }

    private static void Refuse(HttpResponse response, TurnOutcome outcome)
    {
        response.StatusCode = outcome == TurnOutcome.Crowded ? StatusCodes.Status429TooManyRequests : StatusCodes.Status409Conflict;
        response.Headers.RetryAfter = RetryAfterSeconds;
    }
}
