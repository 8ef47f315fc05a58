using System.Diagnostics;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Expiration;
using HybridSession.Resilience;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Polly.CircuitBreaker;

namespace HybridSession.Core.Tests.Engine;

public sealed class ResilienceTests
{
    private static readonly SessionWrite Birth = new(SessionKey.FromToken(SessionToken.Create()), [1], 1, 0, TimeSpan.FromHours(1));
    private static readonly SessionWrite Update = Birth with { Version = 2, BaseVersion = 1 };

    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedStore _inner = new();

    // Longer than the fake clock goes on while a call is waited for.
    private readonly ResilienceOptions _options = new() { BreakDuration = TimeSpan.FromMinutes(10), SamplingDuration = TimeSpan.FromMinutes(10), MinimumThroughput = 12 };
    private readonly StoreCircuit _circuit;

    public ResilienceTests() => _circuit = new StoreCircuit(new SessionClock(_time));

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task A_transient_failure_is_repeated_as_often_as_MaxRetries_says(int retries)
    {
        _options.Loads.MaxRetries = retries;
        _inner.Fail(BackingStoreFailure.Transient);

        var failure = await FailsAsync(store => store.LoadAsync([], default));

        Assert.Equal(BackingStoreFailure.Transient, failure.Failure);
        Assert.Equal(retries + 1, _inner.Calls);
    }

    [Fact]
    public async Task A_call_that_succeeds_at_a_repetition_succeeds()
    {
        _inner.Answer = call => call < 2 ? Failure(BackingStoreFailure.Transient) : null;

        await RunAsync(Create(), store => store.LoadAsync([], default));

        Assert.Equal(2, _inner.Calls);
    }

    [Theory]
    [InlineData(BackingStoreFailure.Data)]
    [InlineData(BackingStoreFailure.Setup)]
    public async Task What_is_not_transient_is_not_repeated(BackingStoreFailure kind)
    {
        _inner.Fail(kind);

        Assert.Equal(kind, (await FailsAsync(store => store.FlushAsync([Update], default))).Failure);

        Assert.Equal(1, _inner.Calls);
    }

    [Fact]
    public async Task An_update_whose_outcome_is_unknown_is_repeated()
    {
        _inner.Fail(BackingStoreFailure.Transient, outcomeUnknown: true);

        await FailsAsync(store => store.FlushAsync([Update], default));

        Assert.Equal(3, _inner.Calls);
    }

    [Fact]
    public async Task Calls_on_dead_letters_are_repeated_although_their_outcome_is_unknown_for_they_change_nothing_the_second_time()
    {
        _inner.Fail(BackingStoreFailure.Transient, outcomeUnknown: true);

        await FailsAsync(store => store.PutDeadLettersAsync([], default));
        await FailsAsync(store => store.ReadDeadLettersAsync(1, 0, null, default));
        await FailsAsync(store => store.ReleaseDeadLettersAsync([], default));
        await FailsAsync(store => store.CountDeadLettersAsync(default));

        // Two writes, three attempts each; two reads, two attempts each.
        Assert.Equal(10, _inner.Calls);
    }

    [Fact]
    public async Task A_batch_with_a_birth_is_never_repeated_when_its_outcome_is_unknown()
    {
        _inner.Fail(BackingStoreFailure.Transient, outcomeUnknown: true);

        var failure = await FailsAsync(store => store.FlushAsync([Update, Birth], default));

        Assert.True(failure.OutcomeUnknown);
        Assert.Equal(1, _inner.Calls);
    }

    [Fact]
    public async Task A_batch_with_a_birth_is_repeated_when_nothing_was_stored()
    {
        _inner.Fail(BackingStoreFailure.Transient);

        await FailsAsync(store => store.FlushAsync([Birth], default));

        Assert.Equal(3, _inner.Calls);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 3)]
    public async Task The_change_of_a_token_is_repeated_only_when_nothing_was_changed(bool outcomeUnknown, int calls)
    {
        _inner.Fail(BackingStoreFailure.Transient, outcomeUnknown);

        await FailsAsync(store => store.RekeyAsync(Update.Key, 1, Birth, default));

        Assert.Equal(calls, _inner.Calls);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 3)]
    public async Task What_ends_sessions_that_the_answer_names_is_repeated_only_when_nothing_was_changed(bool outcomeUnknown, int calls)
    {
        _inner.Fail(BackingStoreFailure.Transient, outcomeUnknown);

        await FailsAsync(store => store.BindAsync(new SessionBinding(Update), default));
        Assert.Equal(calls, _inner.Calls);
        await FailsAsync(store => store.RemoveByUserAsync("anna", null, default));
        Assert.Equal(2 * calls, _inner.Calls);
        await FailsAsync(store => store.RemoveByPublicIdAsync(Update.Key.ToPublicId(), default));
        Assert.Equal(3 * calls, _inner.Calls);
    }

    [Fact]
    public async Task Looking_for_the_sessions_of_a_user_is_repeated()
    {
        _inner.Fail(BackingStoreFailure.Transient);

        await FailsAsync(store => store.FindByUserAsync("anna", 1, null, default));
        await FailsAsync(store => store.CountByUserAsync("anna", default));

        Assert.Equal(2 * (1 + _options.Loads.MaxRetries), _inner.Calls);
    }

    [Fact]
    public async Task The_circuit_opens_after_failed_attempts_and_then_fails_without_a_call()
    {
        var store = Create();
        _inner.Fail(BackingStoreFailure.Transient);
        while (_inner.Calls < _options.MinimumThroughput)
        {
            Assert.False(_circuit.IsAway);
            await FailsAsync(s => s.LoadAsync([], default), store);
        }

        var calls = _inner.Calls;
        Assert.True(_circuit.IsAway);
        var failure = await FailsAsync(s => s.FlushAsync([Birth], default), store);

        Assert.Equal(_options.MinimumThroughput, calls);
        Assert.Equal(BackingStoreFailure.CircuitOpen, failure.Failure);
        Assert.False(failure.OutcomeUnknown);
        Assert.True(failure.IsTransient);
        Assert.Equal(calls, _inner.Calls);
    }

    [Fact]
    public async Task A_call_that_is_being_repeated_when_the_circuit_opens_is_not_attempted_again()
    {
        _options.MinimumThroughput = 2;
        _options.Flushes.MaxRetries = 10;
        _inner.Fail(BackingStoreFailure.Transient);

        var failure = await FailsAsync(store => store.FlushAsync([Update], default));

        Assert.Equal(BackingStoreFailure.CircuitOpen, failure.Failure);
        Assert.IsType<BrokenCircuitException>(failure.InnerException, exactMatch: false);
        Assert.Equal(2, _inner.Calls);
    }

    [Fact]
    public async Task A_ping_that_is_answered_closes_the_circuit()
    {
        var store = await OpenedAsync();
        _inner.Answer = _ => null;
        _time.Advance(_options.BreakDuration);

        await WithTimeAsync(store.PingAsync(default).AsTask());

        Assert.False(_circuit.IsAway);
        await RunAsync(store, s => s.LoadAsync([], default));
    }

    [Fact]
    public async Task Nothing_but_a_ping_is_attempted_while_the_circuit_is_open()
    {
        var store = await OpenedAsync();
        var calls = _inner.Calls;
        _inner.Answer = _ => null;
        _time.Advance(_options.BreakDuration * 2);

        Assert.Equal(BackingStoreFailure.CircuitOpen, (await FailsAsync(s => s.LoadAsync([], default), store)).Failure);
        Assert.Equal(BackingStoreFailure.CircuitOpen, (await FailsAsync(s => s.FlushAsync([Update], default), store)).Failure);
        Assert.Equal(BackingStoreFailure.CircuitOpen, (await FailsAsync(s => s.RemoveAsync(Update.Key, default), store)).Failure);

        Assert.Equal(calls, _inner.Calls);
    }

    [Fact]
    public async Task A_ping_that_fails_leaves_the_circuit_open()
    {
        var store = await OpenedAsync();
        _time.Advance(_options.BreakDuration);

        await Assert.ThrowsAsync<BackingStoreException>(() => WithTimeAsync(store.PingAsync(default).AsTask()));

        Assert.True(_circuit.IsAway);
        Assert.Equal(BackingStoreFailure.CircuitOpen, (await FailsAsync(s => s.LoadAsync([], default), store)).Failure);
    }

    [Fact]
    public async Task The_circuit_tells_when_it_opens_and_when_it_closes()
    {
        var told = new List<string>();
        _circuit.Opened += () => told.Add("opened");
        _circuit.Closed += () => told.Add("closed");
        var store = await OpenedAsync();
        _inner.Answer = _ => null;
        _time.Advance(_options.BreakDuration);

        await WithTimeAsync(store.PingAsync(default).AsTask());

        Assert.Equal(["opened", "closed"], told);
    }

    [Fact]
    public void A_store_that_answers_pings_and_nothing_else_is_one_outage()
    {
        Assert.True(_circuit.Open());
        _circuit.Answered(ping: true);
        Assert.True(_circuit.Close());

        Assert.False(_circuit.Open());
        Assert.False(_circuit.Close());
        _circuit.Answered(ping: false);

        Assert.True(_circuit.Open());
    }

    [Theory]
    [InlineData(BackingStoreFailure.Data)]
    [InlineData(BackingStoreFailure.LocalPressure)]
    public async Task Failures_that_say_nothing_about_the_store_do_not_open_the_circuit(BackingStoreFailure kind)
    {
        var store = Create();
        _inner.Fail(kind);

        for (var i = 0; i < 20; i++) await FailsAsync(s => s.LoadAsync([], default), store);

        Assert.False(_circuit.IsAway);
        Assert.Equal(kind == BackingStoreFailure.Data ? 20 : 40, _inner.Calls);
    }

    [Theory]
    [InlineData(BackingStoreFailure.WrongServer)]
    [InlineData(BackingStoreFailure.Setup)]
    [InlineData(BackingStoreFailure.Timeout)]
    public async Task Failures_of_the_server_open_the_circuit(BackingStoreFailure kind)
    {
        var store = Create();
        _inner.Fail(kind);

        for (var i = 0; i < _options.MinimumThroughput; i++) await FailsAsync(s => s.LoadAsync([], default), store);

        Assert.True(_circuit.IsAway);
    }

    [Fact]
    public async Task An_attempt_without_an_answer_ends_after_AttemptTimeout_and_a_load_is_repeated()
    {
        _inner.Hangs = true;

        var failure = await FailsAsync(store => store.LoadAsync([], default));

        Assert.Equal(BackingStoreFailure.Timeout, failure.Failure);
        Assert.True(failure.OutcomeUnknown);
        Assert.Contains("AttemptTimeout", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, _inner.Calls);
    }

    [Fact]
    public async Task A_flush_that_was_not_finished_in_time_is_not_repeated_as_it_is()
    {
        _inner.Hangs = true;

        Assert.Equal(BackingStoreFailure.Timeout, (await FailsAsync(store => store.FlushAsync([Update], default))).Failure);

        Assert.Equal(1, _inner.Calls);
    }

    [Fact]
    public async Task A_birth_without_an_answer_is_given_up_after_one_attempt_with_an_unknown_outcome()
    {
        _inner.Hangs = true;

        Assert.True((await FailsAsync(store => store.FlushAsync([Birth], default))).OutcomeUnknown);

        Assert.Equal(1, _inner.Calls);
    }

    [Fact]
    public async Task Cancellation_by_the_caller_is_no_failure_of_the_store()
    {
        var store = Create();
        _inner.Hangs = true;

        for (var i = 0; i < 10; i++)
        {
            using var cancel = new CancellationTokenSource();
            var call = store.LoadAsync([], cancel.Token).AsTask();
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());
        }

        Assert.False(_circuit.IsAway);
        Assert.Equal(10, _inner.Calls);
    }

    [Fact]
    public async Task Pruning_may_take_much_longer_than_an_attempt()
    {
        var store = Create();
        _inner.Hangs = true;
        var pruning = store.PruneAsync(TimeSpan.Zero, default).AsTask();

        _time.Advance(_options.Flushes.AttemptTimeout * 10);
        await EngineHarness.SettleAsync();

        Assert.False(pruning.IsCompleted);
        Assert.Equal(1, _inner.Calls);
        await Assert.ThrowsAsync<BackingStoreException>(() => WithTimeAsync(pruning));
    }

    private ResilientBackingStore Create() => new(_inner, _options, _circuit, NullLogger<ResilientBackingStore>.Instance);

    private async Task<ResilientBackingStore> OpenedAsync()
    {
        var store = Create();
        _inner.Fail(BackingStoreFailure.Transient);
        while (!_circuit.IsAway) await FailsAsync(s => s.LoadAsync([], default), store);
        return store;
    }

    private Task<BackingStoreException> FailsAsync<T>(Func<ResilientBackingStore, ValueTask<T>> call, ResilientBackingStore? store = null) =>
        Assert.ThrowsAsync<BackingStoreException>(() => RunAsync(store ?? Create(), call));

    private Task RunAsync<T>(ResilientBackingStore store, Func<ResilientBackingStore, ValueTask<T>> call) => WithTimeAsync(call(store).AsTask());

    // Attempts and the pauses between them end on the fake clock.
    private async Task WithTimeAsync(Task running)
    {
        var clock = new PacedClock(_time);
        var started = Stopwatch.GetTimestamp();
        while (!running.IsCompleted && Stopwatch.GetElapsedTime(started) < Waiting.Patience)
        {
            clock.TryStep(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await running.Soon();
    }

    private static BackingStoreException Failure(BackingStoreFailure kind, bool outcomeUnknown = false) => new("scripted", kind, outcomeUnknown, null);

    private sealed class ScriptedStore : ISessionBackingStore
    {
        private int _calls;

        public int Calls => _calls;

        /// <summary>What the n-th call throws; null when it succeeds.</summary>
        public Func<int, Exception?> Answer { get; set; } = _ => null;

        public bool Hangs { get; set; }

        public void Fail(BackingStoreFailure kind, bool outcomeUnknown = false) => Answer = _ => Failure(kind, outcomeUnknown);

        public ValueTask InitializeAsync(CancellationToken cancellationToken) => default;

        public async ValueTask PingAsync(CancellationToken cancellationToken) => await CallAsync(true, cancellationToken);

        public ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionRead> reads, CancellationToken cancellationToken) => CallAsync<StoredSession?[]>([], cancellationToken);

        public ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken) => CallAsync<FlushOutcome[]>([], cancellationToken);

        public ValueTask<IReadOnlyList<SessionKey>> TouchAsync(IReadOnlyList<SessionTouch> batch, CancellationToken cancellationToken) => CallAsync<IReadOnlyList<SessionKey>>([], cancellationToken);

        public ValueTask<bool> RemoveAsync(SessionKey key, CancellationToken cancellationToken) => CallAsync(true, cancellationToken);

        public ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken) => CallAsync(FlushOutcome.Written, cancellationToken);

        public ValueTask<BindOutcome> BindAsync(SessionBinding binding, CancellationToken cancellationToken) => CallAsync(BindOutcome.Gone, cancellationToken);

        public ValueTask<IReadOnlyList<UserSession>> FindByUserAsync(string userId, int max, string? after, CancellationToken cancellationToken) => CallAsync<IReadOnlyList<UserSession>>([], cancellationToken);

        public ValueTask<long> CountByUserAsync(string userId, CancellationToken cancellationToken) => CallAsync(0L, cancellationToken);

        public ValueTask<long> CountAsync(CancellationToken cancellationToken) => CallAsync(0L, cancellationToken);

        public ValueTask<IReadOnlyList<SessionKey>> RemoveByUserAsync(string userId, string? except, CancellationToken cancellationToken) => CallAsync<IReadOnlyList<SessionKey>>([], cancellationToken);

        public ValueTask<IReadOnlyList<SessionKey>> RemoveByPublicIdAsync(string publicId, CancellationToken cancellationToken) => CallAsync<IReadOnlyList<SessionKey>>([], cancellationToken);

        public ValueTask<long> PruneAsync(TimeSpan grace, CancellationToken cancellationToken) => CallAsync(0L, cancellationToken);

        public ValueTask<IReadOnlyList<DeadLetterConflict>> PutDeadLettersAsync(IReadOnlyList<DeadLetterWrite> letters, CancellationToken cancellationToken) => CallAsync<IReadOnlyList<DeadLetterConflict>>([], cancellationToken);

        public ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int max, int skip, string? publicId, CancellationToken cancellationToken) => CallAsync<IReadOnlyList<DeadLetter>>([], cancellationToken);

        public ValueTask<int> ReleaseDeadLettersAsync(IReadOnlyList<DeadLetterVersion> letters, CancellationToken cancellationToken) => CallAsync(0, cancellationToken);

        public ValueTask<long> CountDeadLettersAsync(CancellationToken cancellationToken) => CallAsync(0L, cancellationToken);

        private async ValueTask<T> CallAsync<T>(T answer, CancellationToken cancellationToken)
        {
            var call = Interlocked.Increment(ref _calls);
            if (Hangs) await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            return Answer(call) is { } failure ? throw failure : answer;
        }
    }
}
