using Xunit;

namespace HybridSession.Conformance;

public abstract partial class BackingStoreConformance
{
    [Fact]
    public async Task Bind_stores_the_write_and_whose_the_session_is()
    {
        var user = NewUser();
        var key = await StoreAsync(version: 3);
        var write = Change(key, 3, 4) with { UserId = user };

        var outcome = await Store.BindAsync(new SessionBinding(write), default);

        Assert.Equal(BindOutcomeKind.Bound, outcome.Kind);
        Assert.Empty(outcome.Dropped);
        var stored = await LoadAsync(key);
        Assert.Equal(write.Payload, stored!.Payload);
        Assert.Equal(4, stored.Version);
        AssertAbout(Minutes20, stored.ExpiresIn);
        var found = Assert.Single(await FindAsync(user));
        Assert.Equal(key, found.Key);
        AssertAbout(Minutes20, found.ExpiresIn);
        AssertAbout(TimeSpan.Zero, found.Age);
    }

    [Fact]
    public async Task Bind_refuses_a_birth() =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.BindAsync(new SessionBinding(Birth(NewKey()) with { UserId = NewUser() }), default));

    [Fact]
    public async Task Bind_of_the_same_bytes_again_is_bound()
    {
        var user = NewUser();
        var key = await StoreAsync();
        var binding = new SessionBinding(Change(key, 1, 2) with { UserId = user }, MaxSessions: 1);
        await Store.BindAsync(binding, default);

        Assert.Equal(BindOutcomeKind.Bound, (await Store.BindAsync(binding, default)).Kind);
    }

    [Fact]
    public async Task Bind_returns_a_conflict_with_the_stored_session_when_the_row_is_at_another_version_and_changes_nothing()
    {
        var user = NewUser();
        var payload = NewPayload();
        var key = await StoreAsync(payload, version: 5);

        var outcome = await Store.BindAsync(new SessionBinding(Change(key, 4, 6) with { UserId = user }), default);

        Assert.Equal(BindOutcomeKind.Conflict, outcome.Kind);
        Assert.Equal(payload, outcome.Current!.Payload);
        Assert.Equal(5, outcome.Current.Version);
        Assert.Empty(await FindAsync(user));
    }

    [Fact]
    public async Task Bind_returns_gone_when_the_row_is_absent_and_drops_nobody()
    {
        var user = NewUser();
        var other = await BoundAsync(user);

        var outcome = await Store.BindAsync(new SessionBinding(Change(NewKey(), 1, 2) with { UserId = user }, 1, DropsOldest: true), default);

        Assert.Equal(BindOutcomeKind.Gone, outcome.Kind);
        Assert.Equal([other], Keys(await FindAsync(user)));
    }

    [Fact]
    public async Task Bind_to_nobody_keeps_the_session()
    {
        var user = NewUser();
        var key = await BoundAsync(user);

        Assert.Equal(BindOutcomeKind.Bound, (await Store.BindAsync(new SessionBinding(Change(key, 2, 3)), default)).Kind);

        Assert.Empty(await FindAsync(user));
        Assert.Equal(3, (await LoadAsync(key))!.Version);
    }

    [Fact]
    public async Task A_flush_and_a_new_key_leave_the_user_as_it_is()
    {
        var user = NewUser();
        var key = await BoundAsync(user);

        Assert.Equal(FlushOutcome.Written, await FlushAsync(Change(key, 2, 3)));
        Assert.Equal([key], Keys(await FindAsync(user)));

        var replacement = Change(NewKey(), 3, 3) with { UserId = user };
        Assert.Equal(FlushOutcome.Written, await Store.RekeyAsync(key, 3, replacement, default));
        Assert.Equal([replacement.Key], Keys(await FindAsync(user)));
    }

    [Fact]
    public async Task Bind_refuses_the_session_that_would_be_one_too_many_and_changes_nothing()
    {
        var user = NewUser();
        SessionKey[] bound = [await BoundAsync(user), await BoundAsync(user)];
        var payload = NewPayload();
        var key = await StoreAsync(payload);

        var outcome = await Store.BindAsync(new SessionBinding(Change(key, 1, 2) with { UserId = user }, MaxSessions: 2), default);

        Assert.Equal(BindOutcomeKind.LimitReached, outcome.Kind);
        Assert.Equal(payload, (await LoadAsync(key))!.Payload);
        Assert.Equal(bound.Order(), Keys(await FindAsync(user)));
        Assert.Equal(BindOutcomeKind.Bound, (await Store.BindAsync(new SessionBinding(Change(bound[0], 2, 3) with { UserId = user }, MaxSessions: 2), default)).Kind);
    }

    [Fact]
    public async Task Bind_drops_what_began_first_when_it_is_told_to_and_names_it()
    {
        var user = NewUser();
        List<SessionKey> bound = [];
        for (var i = 0; i < 4; i++) bound.Add(await BoundAsync(user));
        var letter = Letter(bound[0]);
        await Store.PutDeadLettersAsync([new DeadLetterWrite(letter, null)], default);
        // The oldest row of all: what is bound stays, whatever its age.
        var key = await StoreAsync();

        var outcome = await Store.BindAsync(new SessionBinding(Change(key, 1, 2) with { UserId = user }, 2, DropsOldest: true), default);

        Assert.Equal(BindOutcomeKind.Bound, outcome.Kind);
        Assert.Equal(bound[..3].Order(), outcome.Dropped.Order());
        Assert.Equal(new[] { bound[3], key }.Order(), Keys(await FindAsync(user)));
        Assert.All(await Store.LoadAsync([.. bound[..3]], default), Assert.Null);
        Assert.Null(await ReadLetterAsync(bound[0]));
    }

    [Fact]
    public async Task Expired_sessions_do_not_count_and_are_not_found_but_are_removed()
    {
        var user = NewUser();
        var expired = await BoundAsync(user, TimeSpan.FromMinutes(-1));
        var key = await StoreAsync();

        Assert.Equal(BindOutcomeKind.Bound, (await Store.BindAsync(new SessionBinding(Change(key, 1, 2) with { UserId = user }, MaxSessions: 1), default)).Kind);

        Assert.Equal([key], Keys(await FindAsync(user)));
        Assert.Equal(1, await Store.CountByUserAsync(user, default));
        Assert.Equal(new[] { expired, key }.Order(), (await Store.RemoveByUserAsync(user, null, default)).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_limit_holds_whoever_binds_at_the_same_time(bool dropsOldest)
    {
        var user = NewUser();
        var keys = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => StoreAsync()));

        var outcomes = await Task.WhenAll(keys.Select(key => Store.BindAsync(new SessionBinding(Change(key, 1, 2) with { UserId = user }, 3, dropsOldest), default).AsTask()));

        var left = Keys(await FindAsync(user));
        Assert.Equal(3, left.Count);
        var bound = keys.Where((_, i) => outcomes[i].Kind == BindOutcomeKind.Bound).ToArray();
        if (dropsOldest)
        {
            Assert.Equal(50, bound.Length);
            Assert.Equal(keys.Except(left).Order(), outcomes.SelectMany(outcome => outcome.Dropped).Order());
        }
        else
        {
            Assert.Equal(bound.Order(), left);
            Assert.Equal(47, outcomes.Count(outcome => outcome.Kind == BindOutcomeKind.LimitReached));
        }
    }

    [Fact]
    public async Task A_thousand_sessions_of_a_user_are_found_page_by_page_counted_and_removed()
    {
        var user = NewUser();
        var keys = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => BoundAsync(user)));
        var others = await BoundAsync(NewUser());

        List<SessionKey> found = [];
        for (string? after = null; await Store.FindByUserAsync(user, 300, after, default) is { Count: > 0 } page; after = page[^1].Key.ToPublicId()) found.AddRange(page.Select(session => session.Key));

        Assert.Equal(keys.Order(), found);
        Assert.Equal(1_000, await Store.CountByUserAsync(user, default));
        Assert.InRange(await Store.CountAsync(default), 1_001, long.MaxValue);
        var removed = await Store.RemoveByUserAsync(user, keys[7].ToPublicId(), default);
        Assert.Equal(keys.Where(key => key != keys[7]).Order(), removed.Order());
        Assert.Equal([keys[7]], Keys(await FindAsync(user)));
        Assert.NotNull(await LoadAsync(others));
    }

    [Fact]
    public async Task Removal_by_user_removes_dead_letters_and_spares_none_for_a_text_that_is_no_id()
    {
        var user = NewUser();
        var key = await BoundAsync(user);
        await Store.PutDeadLettersAsync([new DeadLetterWrite(Letter(key), null)], default);

        Assert.Empty(await Store.RemoveByUserAsync(NewUser(), null, default));
        Assert.Equal([key], await Store.RemoveByUserAsync(user, "none", default));

        Assert.Null(await LoadAsync(key));
        Assert.Null(await ReadLetterAsync(key));
        Assert.Equal(FlushOutcome.Gone, await FlushAsync(Change(key, 2, 3)));
    }

    [Fact]
    public async Task Removal_by_public_id_removes_that_session_and_its_dead_letter()
    {
        var (key, other) = (await StoreAsync(), await StoreAsync());
        await Store.PutDeadLettersAsync([new DeadLetterWrite(Letter(key), null)], default);

        Assert.Equal([key], await Store.RemoveByPublicIdAsync(key.ToPublicId().ToUpperInvariant(), default));

        Assert.Empty(await Store.RemoveByPublicIdAsync(key.ToPublicId(), default));
        Assert.Empty(await Store.RemoveByPublicIdAsync("", default));
        Assert.Empty(await Store.RemoveByPublicIdAsync(other.ToHex(), default));
        Assert.Null(await LoadAsync(key));
        Assert.Null(await ReadLetterAsync(key));
        Assert.NotNull(await LoadAsync(other));
    }

    [Fact]
    public async Task No_session_gets_away_from_a_removal_by_user_under_a_new_key()
    {
        for (var round = 0; round < 10; round++)
        {
            var user = NewUser();
            var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => BoundAsync(user)));

            var moves = keys.Select(key => Store.RekeyAsync(key, 2, Change(NewKey(), 2, 2) with { UserId = user }, default).AsTask()).ToArray();
            await Store.RemoveByUserAsync(user, null, default);
            var afterwards = Keys(await FindAsync(user));
            var outcomes = await Task.WhenAll(moves);

            // What moved before is removed, and what is removed moves no more.
            Assert.Empty(afterwards);
            Assert.Empty(await FindAsync(user));
            Assert.All(outcomes, outcome => Assert.True(outcome == FlushOutcome.Written || outcome == FlushOutcome.Gone));
        }
    }

    [Theory]
    [InlineData("it's \"quoted\" \\ %")]
    [InlineData("üser@exämple.org 名前")]
    public async Task A_user_is_found_by_exactly_the_given_text(string text)
    {
        var user = text + NewUser();
        var key = await BoundAsync(user);

        Assert.Equal([key], Keys(await FindAsync(user)));
        Assert.Empty(await FindAsync(user.ToUpperInvariant()));
        Assert.Empty(await FindAsync(user + " "));
        Assert.Empty(await Store.FindByUserAsync(user, 10, "no id", default));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.FindByUserAsync(user, 0, null, default));
    }

    private static string NewUser() => $"user {Guid.NewGuid():N}";

    private static List<SessionKey> Keys(IReadOnlyList<UserSession> sessions) => [.. sessions.Select(session => session.Key)];

    private async Task<IReadOnlyList<UserSession>> FindAsync(string user) => await Store.FindByUserAsync(user, 10_000, null, default);

    private async Task<SessionKey> BoundAsync(string user, TimeSpan? expiresIn = null)
    {
        var key = await StoreAsync();
        Assert.Equal(BindOutcomeKind.Bound, (await Store.BindAsync(new SessionBinding(Change(key, 1, 2, expiresIn: expiresIn) with { UserId = user }), default)).Kind);
        return key;
    }
}
