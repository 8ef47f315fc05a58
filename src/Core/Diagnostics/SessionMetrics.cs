using System.Diagnostics;
using System.Diagnostics.Metrics;
using HybridSession.Consistency;
using HybridSession.Hot;
using HybridSession.Resilience;
using HybridSession.WriteBehind;

namespace HybridSession.Diagnostics;

/// <summary>The instruments of meter <c>HybridSession</c> and the activities of the source of the same name. Tag values come from closed sets; no key is ever one.</summary>
internal sealed class SessionMetrics : IDisposable
{
    public const string Name = "HybridSession";

    private static readonly ActivitySource Source = new(Name);

    private readonly Meter _meter;
    private readonly Histogram<double> _flushDuration;
    private readonly Histogram<int> _flushBatchSize;
    private readonly Counter<long> _flushOutcome;
    private readonly Counter<long> _lost;
    private readonly Counter<long> _storeFailures;
    private readonly Counter<long> _quarantined;
    private readonly Counter<long> _replayed;
    private readonly Histogram<double> _handoffDuration;
    private readonly Histogram<double> _exclusiveWait;
    private readonly Counter<long> _locksLost;
    private readonly Counter<long> _userMismatches;

    public SessionMetrics(IMeterFactory? factory)
    {
        _meter = factory?.Create(Name) ?? new Meter(Name);
        _flushDuration = _meter.CreateHistogram<double>("hybridsession.flush.duration", "s", "How long a flush took.");
        _flushBatchSize = _meter.CreateHistogram<int>("hybridsession.flush.batch_size", "{session}", "How many sessions a flush carried.");
        _flushOutcome = _meter.CreateCounter<long>("hybridsession.flush.outcome", "{session}", "What became of flushed sessions.");
        _storeFailures = _meter.CreateCounter<long>("hybridsession.store.failures", "{call}", "Calls to the backing store that failed after their retries, or were refused by the open circuit.");
        _lost = _meter.CreateCounter<long>("hybridsession.changes.lost", "{change}", "Acknowledged changes that were not stored.");
        _quarantined = _meter.CreateCounter<long>("hybridsession.quarantined", "{session}", "Sessions that went into quarantine, because the backing store refuses their data.");
        _handoffDuration = _meter.CreateHistogram<double>(
            "hybridsession.handoff.duration", "s", "How long a request waited for a change that its client had seen on another node; lost: it was not found, and the request went on without it.");
        _exclusiveWait = _meter.CreateHistogram<double>("hybridsession.exclusive.wait", "s", "How long a request waited for its turn at an exclusive endpoint.");
        _locksLost = _meter.CreateCounter<long>("hybridsession.exclusive.locks_lost", "{lock}", "Locks of sessions that were lost while their requests ran: another node may have run one at the same time.");
        _userMismatches = _meter.CreateCounter<long>("hybridsession.user_mismatches", "{request}", "Requests that were authenticated as another user than their session is bound to, and got a new one.");
        _replayed = _meter.CreateCounter<long>("hybridsession.quarantine.replayed", "{session}", "What became of dead letters that were replayed or discarded.");
    }

    /// <summary>A request had to look for a change that another node has. <paramref name="outcome"/> is one of: caught_up, lost.</summary>
    public void HandedOff(string outcome, TimeSpan duration) => _handoffDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));

    public void WaitedForTurn(TurnOutcome outcome, TimeSpan duration) => _exclusiveWait.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome switch
    {
        TurnOutcome.Entered => "entered",
        TurnOutcome.Timeout => "timeout",
        _ => "crowded",
    }));

    public void RefusedOtherUser() => _userMismatches.Add(1);

    public void LockLost() => _locksLost.Add(1);

    public void Observe(Peers peers)
    {
        _meter.CreateObservableGauge("hybridsession.peers", () => peers.Count, "{node}", "Other nodes that share the backing store and are alive.");
        _meter.CreateObservableGauge("hybridsession.peers.deaf", () => peers.DeafFor.TotalSeconds, "s", "How long this node has not heard the other nodes; 0 while it does.");
    }

    public static Activity? StartFlush(int count) => Source.StartActivity("hybridsession flush")?.SetTag("hybridsession.batch_size", count);

    public void Flushed(int count, TimeSpan duration, FlushTally tally)
    {
        _flushDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", "written"));
        _flushBatchSize.Record(count);
        Count(tally.Written, "written");
        Count(tally.Conflict, "conflict");
        Count(tally.Gone, "gone");
        Count(tally.Blocked, "blocked");
        Lost(tally.Unreadable, "unreadable");
    }

    public void FlushFailed(int count, TimeSpan duration) => NotFlushed(count, duration, "failed");

    public void FlushRefused(int count, TimeSpan duration) => NotFlushed(count, duration, "refused");

    public void Quarantined(int count)
    {
        if (count > 0) _quarantined.Add(count);
    }

    /// <summary>Counts the end of a dead letter, or a replay that was not one. <paramref name="outcome"/> is one of: replayed, gone, still_refused, skipped, discarded.</summary>
    public void Replayed(int count, string outcome)
    {
        if (count > 0) _replayed.Add(count, new KeyValuePair<string, object?>("outcome", outcome));
    }

    /// <summary>Reports changes that are lost. <paramref name="reason"/> is one of: shutdown, quarantine, unreadable, other_node (late or lost: one a session).</summary>
    public void Lost(int count, string reason)
    {
        if (count > 0) _lost.Add(count, new KeyValuePair<string, object?>("reason", reason));
    }

    /// <summary>Counts a call that failed. <paramref name="member"/> is the name of a member of the store.</summary>
    public void StoreFailed(string member, BackingStoreFailure failure)
    {
        if (_storeFailures.Enabled) _storeFailures.Add(1, new("call", CallName(member)), new("failure", FailureName(failure)));
    }

    public void Observe(StoreCircuit circuit) =>
        _meter.CreateObservableGauge("hybridsession.store.away", () => circuit.IsAway ? 1 : 0, "{circuit}", "1 while the circuit is open and the backing store is only pinged, 0 otherwise.");

    public void Observe(HotSet hot, Backlog backlog, MemoryQuarantine quarantine, Func<(int Count, TimeSpan OldestAge)> unconfirmed)
    {
        _meter.CreateObservableGauge("hybridsession.dirty.sessions", () => unconfirmed().Count, "{session}", "Sessions that the backing store has not confirmed.");
        _meter.CreateObservableGauge("hybridsession.dirty.bytes", () => backlog.Bytes, "By", "Memory of sessions that the backing store has not confirmed.");
        _meter.CreateObservableGauge("hybridsession.dirty.oldest_age", () => unconfirmed().OldestAge.TotalSeconds, "s", "Age of the oldest change that is not stored: what a crash would lose.");
        _meter.CreateObservableGauge("hybridsession.quarantine.sessions", () => quarantine.Count, "{session}", "Sessions in the memory of this node whose data the backing store refuses.");
        _meter.CreateObservableGauge("hybridsession.hot.sessions", () => hot.Count, "{session}", "Sessions in the hot set.");
        _meter.CreateObservableGauge("hybridsession.hot.bytes", () => hot.Bytes, "By", "Memory of the hot set.");
    }

    public void Dispose() => _meter.Dispose();

    private void NotFlushed(int count, TimeSpan duration, string outcome)
    {
        _flushDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
        _flushBatchSize.Record(count);
    }

    private void Count(int sessions, string outcome)
    {
        if (sessions > 0) _flushOutcome.Add(sessions, new KeyValuePair<string, object?>("outcome", outcome));
    }

    private static string CallName(string member) => member switch
    {
        nameof(ISessionBackingStore.LoadAsync) => "load",
        nameof(ISessionBackingStore.FlushAsync) => "flush",
        nameof(ISessionBackingStore.TouchAsync) => "touch",
        nameof(ISessionBackingStore.RemoveAsync) => "remove",
        nameof(ISessionBackingStore.RekeyAsync) => "rekey",
        nameof(ISessionBackingStore.BindAsync) => "bind",
        nameof(ISessionBackingStore.FindByUserAsync) or nameof(ISessionBackingStore.CountByUserAsync) or nameof(ISessionBackingStore.CountAsync) => "find",
        nameof(ISessionBackingStore.RemoveByUserAsync) or nameof(ISessionBackingStore.RemoveByPublicIdAsync) => "remove",
        nameof(ISessionBackingStore.PruneAsync) => "prune",
        nameof(ISessionBackingStore.PingAsync) => "ping",
        nameof(ISessionBackingStore.PutDeadLettersAsync) or nameof(ISessionBackingStore.ReadDeadLettersAsync)
            or nameof(ISessionBackingStore.ReleaseDeadLettersAsync) or nameof(ISessionBackingStore.CountDeadLettersAsync) => "dead_letters",
        _ => "other",
    };

    private static string FailureName(BackingStoreFailure failure) => failure switch
    {
        BackingStoreFailure.Transient => "transient",
        BackingStoreFailure.Timeout => "timeout",
        BackingStoreFailure.WrongServer => "wrong_server",
        BackingStoreFailure.Setup => "setup",
        BackingStoreFailure.Data => "data",
        BackingStoreFailure.LocalPressure => "local_pressure",
        _ => "circuit_open",
    };
}
