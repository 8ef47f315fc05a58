using HybridSession.Core.Tests.Doubles;
using HybridSession.Hot;
using HybridSession.Payload;

namespace HybridSession.Core.Tests.Engine;

public sealed class LoadTests
{
    private static readonly BackingStoreException Away = new("away", BackingStoreFailure.Transient, outcomeUnknown: false, null);

    [Fact]
    public async Task A_hundred_concurrent_opens_of_one_cold_key_are_one_load()
    {
        await using var node = EngineHarness.Start();
        var token = await ColdAsync(node);
        node.Store.Loads.Close();

        var opens = Enumerable.Range(0, 100).Select(_ => Task.Run(() => node.OpenAsync(token))).ToArray();
        await node.Store.Loads.Reached;
        node.Store.Loads.Open();
        var results = await Task.WhenAll(opens).Soon();

        Assert.Single(node.Store.LoadedBatches);
        Assert.Single(results.Select(result => result.Session).Distinct());
        Assert.NotNull(results[0].Session);
    }

    [Fact]
    public async Task Misses_of_different_keys_that_wait_together_join_one_read()
    {
        await using var node = EngineHarness.Start(o => o.Resilience.Loads.MaxConcurrent = 1);
        var tokens = new List<SessionToken>();
        for (var i = 0; i < 50; i++) tokens.Add((await node.BornAsync("a", $"{i}")).Token);
        node.Engine.Compact(1.0);
        node.Store.Loads.Close();
        var first = node.OpenAsync(tokens[0]);
        await node.Store.Loads.Reached;

        var others = tokens.Skip(1).Select(node.OpenAsync).ToArray();
        node.Store.Loads.Open();
        await first.Soon();
        var results = await Task.WhenAll(others).Soon();

        Assert.Equal(2, node.Store.LoadedBatches.Count);
        Assert.Equal(49, node.Store.LoadedBatches[1].Length);
        for (var i = 0; i < results.Length; i++) Assert.Equal($"{i + 1}", EngineHarness.Get(results[i].Session!, "a"));
    }

    [Fact]
    public async Task A_slow_read_holds_up_only_those_it_reads_for()
    {
        await using var node = EngineHarness.Start(o => o.Resilience.Loads.MaxConcurrent = 2);
        var (slow, quick) = (await node.BornAsync(), await node.BornAsync());
        node.Engine.Compact(1.0);
        node.Store.Loads.Close();
        var waiting = node.OpenAsync(slow.Token);
        await node.Store.Loads.Reached;

        // Who stands at the gate stays there until it is opened as a whole; who comes later passes an open one.
        var release = node.Store.Loads.Detach();
        Assert.NotNull((await node.OpenAsync(quick.Token).Soon()).Session);

        Assert.False(waiting.IsCompleted);
        release();
        Assert.NotNull((await waiting.Soon()).Session);
    }

    [Fact]
    public async Task One_request_more_than_MaxWaiting_is_not_kept_waiting()
    {
        await using var node = EngineHarness.Start(o => o.Resilience.Loads.MaxWaiting = 2);
        var sessions = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => node.BornAsync()));
        node.Engine.Compact(1.0);
        node.Store.Loads.Close();
        var waiting = new[] { node.OpenAsync(sessions[0].Token), node.OpenAsync(sessions[1].Token) };

        var refusal = await Assert.ThrowsAsync<BackingStoreException>(() => node.OpenAsync(sessions[2].Token).Soon());

        Assert.Equal(BackingStoreFailure.LocalPressure, refusal.Failure);
        Assert.Contains("Resilience:Loads:MaxWaiting", refusal.Message, StringComparison.Ordinal);
        node.Store.Loads.Open();
        Assert.All(await Task.WhenAll(waiting).Soon(), opened => Assert.NotNull(opened.Session));
        Assert.NotNull((await node.OpenAsync(sessions[2].Token).Soon()).Session);
    }

    [Fact]
    public async Task A_load_that_a_change_of_the_key_outran_runs_again_and_finds_the_changed_session()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Engine.Compact(1.0);
        node.Store.Loads.Close();
        var opening = node.OpenAsync(session.Token);
        await node.Store.Loads.Reached;

        node.Set(session, "a", "2");
        Assert.Equal(0, await node.DrainAsync());
        node.Engine.Compact(1.0);
        node.Store.Loads.Open();
        var (found, _) = await opening.Soon();

        Assert.Equal("2", EngineHarness.Get(found!, "a"));
        Assert.True(found!.BaseVersion >= session.BaseVersion);
    }

    [Fact]
    public async Task A_load_of_a_session_that_is_changed_meanwhile_gives_the_changed_object()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Engine.Compact(1.0);
        node.Store.Loads.Close();
        var opening = node.OpenAsync(session.Token);
        await node.Store.Loads.Reached;
        node.Set(session, "a", "2");

        node.Store.Loads.Open();

        Assert.Same(session, (await opening.Soon()).Session);
        node.Engine.CheckInvariants();
    }

    [Fact]
    public async Task A_load_that_a_removal_outran_opens_nothing()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        node.Engine.Compact(1.0);
        node.Store.Loads.Close();
        var opening = node.OpenAsync(session.Token);
        await node.Store.Loads.Reached;

        await node.Engine.RemoveAsync(session, default).Soon();
        node.Store.Loads.Open();

        Assert.Equal(new OpenResult(null, SessionOrigin.Removed), await opening.Soon());
    }

    [Fact]
    public async Task A_token_that_no_row_knows_is_unknown_and_never_adopted()
    {
        await using var node = EngineHarness.Start();
        var token = SessionToken.Create();

        Assert.Equal(new OpenResult(null, SessionOrigin.Unknown), await node.OpenAsync(token).Soon());

        Assert.Equal(0, node.Rows.Count);
        Assert.False(node.Engine.TryOpenHot(token.Encode(), default, out _));
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public async Task A_row_opens_until_its_idle_timeout_has_passed(int beyondMs, bool opens)
    {
        await using var node = EngineHarness.Start();
        var token = await ColdAsync(node);

        node.Time.Advance(node.Options.IdleTimeout + TimeSpan.FromMilliseconds(beyondMs));
        var result = await node.OpenAsync(token).Soon();

        Assert.Equal(opens ? SessionOrigin.Store : SessionOrigin.IdleExpired, result.Origin);
        Assert.Equal(opens, result.Session is not null);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public async Task A_row_opens_until_its_absolute_lifetime_has_passed_however_busy_it_was(int beyondMs, bool opens)
    {
        await using var node = EngineHarness.Start(o => (o.IdleTimeout, o.AbsoluteLifetime) = (TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30)));
        var session = await node.BornAsync();
        for (var i = 0; i < 29; i++)
        {
            node.Time.Advance(TimeSpan.FromMinutes(1));
            Assert.NotNull((await node.OpenAsync(session.Token).Soon()).Session);
        }

        node.Set(session, "a", "2");
        Assert.Equal(0, await node.DrainAsync());
        node.Engine.Compact(1.0);
        node.Time.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromMilliseconds(beyondMs));
        var result = await node.OpenAsync(session.Token).Soon();

        Assert.Equal(opens ? SessionOrigin.Store : SessionOrigin.AbsoluteExpired, result.Origin);
    }

    [Fact]
    public async Task A_damaged_row_is_unreadable_and_kept_as_it_is()
    {
        await using var node = EngineHarness.Start();
        var (token, damaged) = (SessionToken.Create(), new byte[] { 1, 2, 3 });
        await StoreAsync(node, token, damaged);

        for (var i = 0; i < 3; i++) Assert.Equal(new OpenResult(null, SessionOrigin.Unreadable), await node.OpenAsync(token).Soon());
        Assert.Equal(0, await node.DrainAsync());

        Assert.Same(damaged, (await node.Rows.LoadAsync([token.ToKey()], default))[0]!.Payload);
    }

    [Fact]
    public async Task A_payload_of_a_later_format_is_neither_served_nor_overwritten()
    {
        await using var node = EngineHarness.Start();
        var session = await node.BornAsync();
        var later = session.Payload.Bytes.ToArray();
        later[0] = PackedFormat.Current + 1;
        await node.Rows.FlushAsync([new SessionWrite(session.Key, later, 99, session.BaseVersion, TimeSpan.FromHours(1))], default);

        node.Set(session, "a", "2");
        Assert.Equal(0, await node.DrainAsync());

        Assert.True(session.IsEnded);
        Assert.Equal(SessionOrigin.Unreadable, (await node.OpenAsync(session.Token).Soon()).Origin);
        Assert.Same(later, (await node.Rows.LoadAsync([session.Key], default))[0]!.Payload);
    }

    [Fact]
    public async Task A_load_that_fails_is_told_to_all_who_wait_and_the_next_open_asks_again()
    {
        await using var node = EngineHarness.Start();
        var token = await ColdAsync(node);
        node.Store.Outage = () => Away;

        var opens = Enumerable.Range(0, 10).Select(_ => node.Engine.OpenAsync(token, default, default).Soon()).ToArray();
        foreach (var open in opens) Assert.Same(Away, await Assert.ThrowsAsync<BackingStoreException>(() => open));
        node.Store.Outage = null;

        Assert.NotNull((await node.OpenAsync(token).Soon()).Session);
    }

    [Fact]
    public async Task A_store_that_answers_nonsense_fails_the_load_and_not_the_loader()
    {
        var answers = new ShortAnswers();
        await using var node = EngineHarness.Start(stage: inner => answers.Around(inner));
        var token = await ColdAsync(node);
        answers.AreShort = true;

        await Assert.ThrowsAnyAsync<Exception>(() => node.Engine.OpenAsync(token, default, default).Soon());
        answers.AreShort = false;

        Assert.NotNull((await node.OpenAsync(token).Soon()).Session);
    }

    [Fact]
    public async Task A_hanging_load_ends_after_IOTimeout_for_those_who_wait_and_serves_the_next_when_it_comes()
    {
        await using var node = EngineHarness.Start();
        var token = await ColdAsync(node);
        node.Store.Loads.Close();
        var opening = node.Engine.OpenAsync(token, default, default).AsTask();
        await node.Store.Loads.Reached;

        node.Time.Advance(node.Options.IOTimeout);
        var late = await Assert.ThrowsAsync<OperationCanceledException>(() => opening.Soon());
        Assert.Contains("IOTimeout", late.Message, StringComparison.Ordinal);
        var next = node.Engine.OpenAsync(token, default, default).AsTask();
        node.Store.Loads.Open();

        Assert.NotNull((await next.Soon()).Session);
        Assert.Single(node.Store.LoadedBatches);
    }

    [Fact]
    public async Task One_caller_who_gives_up_does_not_end_the_load_of_the_others()
    {
        await using var node = EngineHarness.Start();
        var token = await ColdAsync(node);
        node.Store.Loads.Close();
        using var cancel = new CancellationTokenSource();
        var (one, two) = (node.Engine.OpenAsync(token, default, cancel.Token).AsTask(), node.Engine.OpenAsync(token, default, default).AsTask());
        await node.Store.Loads.Reached;

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one.Soon());
        node.Store.Loads.Open();

        Assert.NotNull((await two.Soon()).Session);
    }

    [Fact]
    public async Task Stopping_fails_the_loads_that_wait()
    {
        var node = EngineHarness.Start();
        var (one, two) = (await node.BornAsync(), await node.BornAsync());
        node.Engine.Compact(1.0);
        node.Store.Loads.Close();
        var first = node.OpenAsync(one.Token);
        await node.Store.Loads.Reached;
        var second = node.OpenAsync(two.Token);

        var stopping = node.Engine.StopAsync(TestContext.Current.CancellationToken);
        node.Store.Loads.Open();
        await stopping.Soon();

        Assert.NotNull((await first.Soon()).Session);
        var failure = await Record.ExceptionAsync(() => second.Soon());
        Assert.True(failure is null or BackingStoreException { Failure: BackingStoreFailure.LocalPressure }, $"{failure}");
        await node.DisposeAsync();
    }

    private static async Task<SessionToken> ColdAsync(EngineHarness node)
    {
        var session = await node.BornAsync();
        node.Engine.Compact(1.0);
        return session.Token;
    }

    private static async Task StoreAsync(EngineHarness node, SessionToken token, byte[] payload) =>
        await node.Rows.FlushAsync([new SessionWrite(token.ToKey(), payload, 1, 0, TimeSpan.FromHours(1))], default);

    private sealed class ShortAnswers
    {
        public bool AreShort { get; set; }

        public ISessionBackingStore Around(ISessionBackingStore inner) => new Stage(inner, this);

        private sealed class Stage(ISessionBackingStore inner, ShortAnswers answers) : DelegatingBackingStore(inner)
        {
            public override ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionRead> reads, CancellationToken cancellationToken) =>
                answers.AreShort ? ValueTask.FromResult<StoredSession?[]>([]) : base.LoadAsync(reads, cancellationToken);
        }
    }
}
