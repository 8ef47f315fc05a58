using System.Diagnostics.CodeAnalysis;
using HybridSession.Consistency;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HybridSession.Middleware;

/// <content>The ends of the request: what must be stored before the headers leave, the token, and the commit when the middleware is left.</content>
internal sealed partial class HybridRequestSession
{
    private ISession? _replacement;
    private Exception? _commitFailure;
    // Short, as the flags around it are bytes: the object of a request does not grow by what few requests need.
    private short _depth;
    private bool _isReplaced;
    private bool _writesToken;
    private bool _forgetsToken;
    private bool _isStarting;

    /// <summary>What the application reads and may set: the commit goes to what is here when the request ends, and to nothing when that is null.</summary>
    [AllowNull]
    ISession ISessionFeature.Session
    {
        get
        {
            if (_isReplaced) return _replacement!;
            if (_services.Options.Users.BindOnSignIn) RefuseOtherUser();
            return this;
        }
        set
        {
            _isReplaced = !ReferenceEquals(value, this);
            _replacement = _isReplaced ? value : null;
        }
    }

    /// <summary>The failure that the request was or is to be failed with; null while all is well.</summary>
    public Exception? CommitFailure => _commitFailure;

    private bool HasStarted => _isStarting || _context.Response.HasStarted;

    // The server runs the response callback after the middleware is left when nothing was written; sets in other such callbacks still count.
    private bool HasEnded => _depth == 0 && _isStarting;

    private bool MayHaveEnded => _live is { IsStored: true } live && _services.Engine.MayHaveEnded(live);

    private bool IsSettled => _isReplaced || _commitFailure is not null || (_held is null && !NeedsBirth && _pending == PendingChanges.None);

    /// <summary>Comes before the application sees the request, so that callbacks it registers run earlier than this one and may still set something.</summary>
    public void RegisterForStart()
    {
        // Something before the middleware may have answered already and gone on; existing sessions still work then.
        if (_context.Response.HasStarted) _isStarting = true;
        else _context.Response.OnStarting(static state => ((HybridRequestSession)state).StartResponseAsync(), this);
    }

    /// <summary>The middleware begins a pass over this request: the first, one nested in another, or a re-execution.</summary>
    public void Enter()
    {
        if (_depth++ > 0) return;
        (_isReplaced, _replacement) = (false, null);
    }

    /// <summary>The middleware ends a pass. Throws what makes the request fail, unless the application threw already or the headers have left.</summary>
    public ValueTask LeaveAsync(bool threw)
    {
        if (--_depth > 0) return default;
        if (_replacement is not null) return CommitReplacementAsync(_replacement);
        if (threw && _held is not null) DropHeld();
        // Of a request that failed, an error page may still start the response and carry the token; without one nobody ever knows the session.
        if (IsSettled || (threw && NeedsBirth)) return default;
        return LeaveAfterSettlingAsync(threw);
    }

    private async ValueTask LeaveAfterSettlingAsync(bool threw)
    {
        var level = TakeLevel();
        try
        {
            await SettleAsync(level).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            if (!MayGoOnAfter(failure, level) && !threw && !HasStarted) throw;
        }
    }

    private Task StartResponseAsync()
    {
        _isStarting = true;
        if (!IsSettled || MayHaveEnded) return StartResponseAfterSettlingAsync();
        WriteToken();
        return MayBeImported ? FinishImportAsync() : Task.CompletedTask;
    }

    private async Task StartResponseAfterSettlingAsync()
    {
        var level = TakeLevel();
        try
        {
            await SettleAsync(level).ConfigureAwait(false);
        }
        catch (Exception failure) when (MayGoOnAfter(failure, level))
        {
        }
        catch (Exception failure) when (_services.IsRefusal(failure))
        {
            // An exception from here would end as a bare 500 of the server. What the application is writing follows, but the status is what counts.
            _services.Refuse(_context.Response);
        }
        // A client that is given a new token elsewhere at this moment must not get the old one back. What cannot be found out is not written.
        if (MayHaveEnded && !await _services.Engine.ConfirmAsync(_live!).ConfigureAwait(false)) return;
        WriteToken();
        if (MayBeImported) await FinishImportAsync().ConfigureAwait(false);
    }

    // Brings what the request did to where it must be before the client hears of it.
    private ValueTask SettleAsync(Durability level)
    {
        ApplyHeld();
        if (NeedsBirth) return _services.Engine.BirthAsync(Live, CancellationToken.None);
        return _live is { IsStored: true } ? _services.Engine.CommitAsync(_live, level, CancellationToken.None) : default;
    }

    // The endpoint that made a change decides about it, also when another one, such as an error page, starts the response.
    private Durability TakeLevel()
    {
        var level = TakePending().Resolve(LevelAt(_context.GetEndpoint()));
        // A client that does not tell what it has seen finds it on any node only when it is stored; and so does whoever has the next turn.
        return _services.Engine.HasPeers && (StampOfClient().IsNone || RequestTurns.IsShared(_context)) ? Durability.Durable : level;
    }

    // Read anew rather than kept: only a site of several nodes asks.
    private SessionStamp StampOfClient() =>
        _broughtToken && _services.Transport.TryRead(_context, out var text) && TokenText.TryCut(text, out _, out var stamp) ? stamp : default;

    private PendingChanges TakePending()
    {
        if (_held is not null) _pending |= _held.Pending;
        var pending = _pending;
        _pending = default;
        return pending;
    }

    private bool MayGoOnAfter(Exception failure, Durability level)
    {
        if (NeedsBirth)
        {
            _services.Reports.BirthFailed(_services.Options.OnUnavailable, failure);
            (_unavailable, _origin) = (failure, SessionOrigin.StoreUnavailable);
            if (!_services.FailsWhenUnavailable) return true;
        }
        else
        {
            _services.Reports.CommitFailed(level, failure);
        }
        _commitFailure = failure;
        return false;
    }

    private void ApplyHeld()
    {
        if (_held is not { } held) return;
        _held = null;
        _live = held.ApplyTo(Live);
    }

    private void DropHeld()
    {
        _services.Logger.ChangesDropped();
        _held = null;
        ForgetTaken();
        if (NeedsBirth) BecomeNew(_origin);
    }

    private void WriteToken()
    {
        var stamp = _live is { IsStored: true } ? _services.Engine.StampOf(_live) : default;
        var isIssued = !_isReplaced && (_commitFailure is null || _origin == SessionOrigin.Imported) && _live is { IsStored: true, IsEnded: false }
            && (_writesToken || _isEstablished || (_services.Renewal.IsDue(_live) && HybridSessionMiddleware.Extends(_context)) || (!stamp.IsNone && stamp != StampOfClient()));
        if (!isIssued && !_forgetsToken) return;

        if (isIssued)
        {
            if (_origin == SessionOrigin.Imported) ImportWasDelivered();
            _services.Transport.Write(_context, stamp.IsNone ? _live!.TokenText : stamp.AppendTo(_live!.TokenText));
            _services.Renewal.Sent(_live!);
        }
        else
        {
            _services.Transport.Delete(_context);
        }

        // A shared cache that kept this response would hand the token to others.
        var headers = _context.Response.Headers;
        headers.CacheControl = "no-cache,no-store";
        headers.Pragma = "no-cache";
        headers.Expires = "-1";
    }

    private async ValueTask CommitReplacementAsync(ISession replacement)
    {
        try
        {
            await replacement.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            _services.Logger.ReplacementCommitFailed(failure);
        }
    }
}
