using HybridSession.Diagnostics;
using HybridSession.Expiration;
using HybridSession.WriteBehind;
using Microsoft.Extensions.Logging;

namespace HybridSession.Consistency;

/// <summary>
/// What this node has to tell the others: everything that gathers while one message is on its way goes with the next. What must not be forgotten waits until it could be sent;
/// questions and answers are dropped instead, since nobody waits for them longer than a moment. Thread-safe.
/// </summary>
internal sealed class PeerOutbox(ISessionPeerLink link, NodeId self, SessionClock clock, ILogger logger) : IDisposable
{
    // More than this and all copies may as well be read again.
    private const int MaxAnnounced = 100_000;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly Signal _wake = new();
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private Dictionary<(PeerNoticeKind Kind, NodeId? To), HashSet<PeerItem>> _waiting = [];
    private int _announced;

    /// <summary>Tells all others of sessions.</summary>
    public void Announce(PeerNoticeKind kind, IEnumerable<SessionKey> keys)
    {
        lock (_lock)
        {
            foreach (var key in keys)
                if (AddLocked(kind, null, new PeerItem(kind == PeerNoticeKind.Changed ? key.PublicId >> 64 << 64 : key.PublicId))) _announced++;
            if (_announced > MaxAnnounced) SummariseLocked();
        }

        _wake.Set();
    }

    /// <summary>Tells all others of this node.</summary>
    public void Announce(PeerNoticeKind kind)
    {
        lock (_lock) AddLocked(kind, null, default);
        _wake.Set();
    }

    /// <summary>Tells one other node.</summary>
    public void Tell(NodeId node, PeerNoticeKind kind, PeerItem item = default)
    {
        lock (_lock) AddLocked(kind, node, item);
        _wake.Set();
    }

    /// <summary>Sends what waits, until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await _wake.WaitAsync(Timeout.InfiniteTimeSpan, clock.Time, stop).ConfigureAwait(false);
                while (!await SendOnceAsync(stop).ConfigureAwait(false)) await Task.Delay(RetryDelay, clock.Time, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Sends what waits now.</summary>
    /// <returns>False when it could not be sent: what must not be forgotten waits again.</returns>
    public async Task<bool> SendOnceAsync(CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var taken = Take();
            if (taken.Count == 0) return true;
            try
            {
                await link.SendAsync(Encode(taken), cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                Log.PeersNotTold(logger, failure);
                return !PutBack(taken);
            }
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private List<PeerMessage> Encode(Dictionary<(PeerNoticeKind Kind, NodeId? To), HashSet<PeerItem>> notices)
    {
        List<PeerMessage> messages = [];
        foreach (var ((kind, to), items) in notices)
            messages.AddRange(PeerCodec.Encode(kind, self, [.. items], link.MaxMessageLength).Select(text => new PeerMessage(to?.ToString(), text)));
        return messages;
    }

    private Dictionary<(PeerNoticeKind Kind, NodeId? To), HashSet<PeerItem>> Take()
    {
        lock (_lock)
        {
            var taken = _waiting;
            _waiting = [];
            _announced = 0;
            return taken;
        }
    }

    // True when something waits again.
    private bool PutBack(Dictionary<(PeerNoticeKind Kind, NodeId? To), HashSet<PeerItem>> taken)
    {
        var waits = false;
        lock (_lock)
        {
            foreach (var ((kind, to), items) in taken)
            {
                if (to is not null) continue;
                waits = true;
                foreach (var item in items)
                    if (AddLocked(kind, null, item)) _announced++;
            }

            if (_announced > MaxAnnounced) SummariseLocked();
        }

        return waits;
    }

    private bool AddLocked(PeerNoticeKind kind, NodeId? to, PeerItem item)
    {
        if (!_waiting.TryGetValue((kind, to), out var items)) _waiting[(kind, to)] = items = [];
        return items.Add(item);
    }

    private void SummariseLocked()
    {
        foreach (var kind in (PeerNoticeKind[])[PeerNoticeKind.Changed, PeerNoticeKind.Removed, PeerNoticeKind.Replaced]) _waiting.Remove((kind, null));
        _announced = 0;
        AddLocked(PeerNoticeKind.AllChanged, null, default);
    }
}
