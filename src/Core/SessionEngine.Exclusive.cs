using HybridSession.Consistency;
using HybridSession.Hot;

namespace HybridSession;

// Requests of one session in turn.
internal sealed partial class SessionEngine
{
    private readonly ExclusiveTurns _exclusive;

    /// <summary>The turns of the sessions of this node.</summary>
    public ExclusiveTurns Turns => _exclusive;

    /// <summary>
    /// Waits for the turn of a session that was opened, and opens it again: whoever had the turn before may have changed, moved or ended it, on whichever node.
    /// The turn is to be given to <see cref="LeaveTurnAsync"/>.
    /// </summary>
    /// <param name="opened">What was opened; has a session.</param>
    /// <param name="stamp">What the client has seen.</param>
    /// <param name="cancellationToken">Ends the wait for the turn.</param>
    /// <exception cref="BackingStoreException">The store could not be asked for the lock, or for the session.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or <see cref="SessionEngineOptions.IOTimeout"/> has passed.</exception>
    public async ValueTask<TurnOpening> EnterTurnAsync(OpenResult opened, SessionStamp stamp, CancellationToken cancellationToken)
    {
        var session = opened.Session!;
        var (outcome, turn) = await _exclusive.EnterAsync(session.Key, cancellationToken).ConfigureAwait(false);
        if (turn is null) return new TurnOpening(outcome, null, default);
        try
        {
            if (turn.IsShared || !TryOpenHot(session.TokenText, stamp, out var again, extends: false))
                again = await OpenAsync(session.Token, stamp, mustRead: turn.IsShared, CancellationToken.None).ConfigureAwait(false);
            // What the first opening has to tell is not told twice by the engine.
            return new TurnOpening(outcome, turn, again.Origin == SessionOrigin.Memory ? again with { Origin = opened.Origin } : again);
        }
        catch
        {
            turn.End();
            throw;
        }
    }

    /// <summary>Ends a turn. Before another node can have it, what was changed is stored.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="session">The session as it is now; null when nothing of it is to be stored.</param>
    /// <exception cref="BackingStoreException">The store failed; the turn has ended all the same.</exception>
    /// <exception cref="OperationCanceledException"><see cref="SessionEngineOptions.IOTimeout"/> has passed; as above.</exception>
    public async ValueTask LeaveTurnAsync(ExclusiveTurn turn, LiveSession? session)
    {
        try
        {
            if (turn.IsShared && session is { IsStored: true, IsEnded: false }) await CommitAsync(session, Durability.Durable, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            turn.End();
        }
    }
}

/// <summary>The turn and the session in it, or why there is none.</summary>
internal readonly record struct TurnOpening(TurnOutcome Outcome, ExclusiveTurn? Turn, OpenResult Opened);
