using HybridSession.Expiration;

namespace HybridSession.Resilience;

/// <summary>
/// Whether the backing store is believed to answer. The resilience stage tells; whoever would wait for the store looks here first, and is told when that changes.
/// Thread-safe.
/// </summary>
internal sealed class StoreCircuit(SessionClock clock)
{
    private volatile bool _isAway;
    private volatile bool _hasWorked = true;
    private bool _isRelapse;
    private long _lastAnswerMs;
    private long _lastOpenedMs;
    private long _lastClosedMs;

    /// <summary>True from the failure that opened the circuit until a ping is answered.</summary>
    public bool IsAway => _isAway;

    /// <summary>The clock of the moments below.</summary>
    public SessionClock Clock { get; } = clock;

    /// <summary>When the last answer of the store came, whatever it was asked.</summary>
    public long LastAnswerMs => Interlocked.Read(ref _lastAnswerMs);

    /// <summary>When the circuit opened last, or 0.</summary>
    public long LastOpenedMs => Interlocked.Read(ref _lastOpenedMs);

    /// <summary>When the last outage ended, or 0.</summary>
    public long LastClosedMs => Interlocked.Read(ref _lastClosedMs);

    /// <summary>Raised when the circuit opens. Handlers are quick and do not throw.</summary>
    public event Action? Opened;

    /// <summary>Raised when the store answers again.</summary>
    public event Action? Closed;

    /// <summary>Notes an answer. One to a <paramref name="ping"/> says less than one to real work: a server with a full disk gives the first and not the second.</summary>
    public void Answered(bool ping)
    {
        Interlocked.Exchange(ref _lastAnswerMs, Clock.NowMs);
        if (!ping && !_hasWorked) _hasWorked = true;
    }

    /// <summary>Opens the circuit. False when the store has done nothing but answer pings since it opened last: the same outage goes on.</summary>
    public bool Open()
    {
        _isRelapse = !_hasWorked;
        _hasWorked = false;
        Interlocked.Exchange(ref _lastOpenedMs, Clock.NowMs);
        _isAway = true;
        Opened?.Invoke();
        return !_isRelapse;
    }

    /// <summary>Closes the circuit. False when it had opened in an outage that was going on.</summary>
    public bool Close()
    {
        Interlocked.Exchange(ref _lastClosedMs, Clock.NowMs);
        _isAway = false;
        Closed?.Invoke();
        return !_isRelapse;
    }

    /// <summary>What a caller gets who would have to wait.</summary>
    public static BackingStoreException Refusal(Exception? cause = null) =>
        new("The backing store failed repeatedly and is left alone until it answers a ping; this call was not attempted.", BackingStoreFailure.CircuitOpen, outcomeUnknown: false, cause);
}
