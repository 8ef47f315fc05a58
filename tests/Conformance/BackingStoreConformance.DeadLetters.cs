using Xunit;

namespace HybridSession.Conformance;

public abstract partial class BackingStoreConformance
{
    private const string Refused = "SQLSTATE 23514";

    private static DeadLetter Letter(SessionKey key, long version = 2, byte[]? payload = null, TimeSpan? age = null, TimeSpan? expiresIn = null) =>
        new(key, payload ?? NewPayload(), version, version - 1, expiresIn ?? Minutes20, Refused, age ?? TimeSpan.Zero);

    private async Task<DeadLetter> PutAsync(DeadLetter letter)
    {
        Assert.Empty(await TryPutAsync(letter));
        return letter;
    }

    private ValueTask<IReadOnlyList<DeadLetterConflict>> TryPutAsync(DeadLetter letter, DeadLetter? replaces = null) =>
        Store.PutDeadLettersAsync([new DeadLetterWrite(letter, replaces?.ToVersion())], default);

    private async Task<DeadLetter?> ReadLetterAsync(SessionKey key) => (await Store.ReadDeadLettersAsync(10, 0, key.ToPublicId(), default)).SingleOrDefault();

    private ValueTask<int> ReleaseAsync(DeadLetter letter) => Store.ReleaseDeadLettersAsync([letter.ToVersion()], default);

    private async Task RemoveAllLettersAsync()
    {
        while (await Store.ReadDeadLettersAsync(100, 0, null, default) is { Count: > 0 } left)
            Assert.Equal(left.Count, await Store.ReleaseDeadLettersAsync([.. left.Select(letter => letter.ToVersion())], default));
    }

    private static void AssertSame(DeadLetter expected, DeadLetter? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal((expected.Key, expected.Version, expected.BaseVersion, expected.Reason), (actual.Key, actual.Version, actual.BaseVersion, actual.Reason));
        Assert.Equal(expected.Payload, actual.Payload);
        AssertAbout(expected.ExpiresIn, actual.ExpiresIn);
        AssertAbout(expected.Age, actual.Age);
    }

    [Fact]
    public async Task A_dead_letter_is_read_as_it_was_put_whether_its_session_is_stored_or_not()
    {
        var ofNone = await PutAsync(Letter(NewKey(), 7, age: TimeSpan.FromHours(3), expiresIn: TimeSpan.FromHours(2)));
        var ofStored = await PutAsync(Letter(await StoreAsync()));

        AssertSame(ofNone, await ReadLetterAsync(ofNone.Key));
        AssertSame(ofStored, await ReadLetterAsync(ofStored.Key));
        Assert.Null(await LoadAsync(ofNone.Key));
        Assert.Equal(1, (await LoadAsync(ofStored.Key))!.Version);
    }

    [Fact]
    public async Task A_dead_letter_may_hold_any_payload_and_any_expiry()
    {
        foreach (var payload in (byte[][])[[], [0], NewPayload(1 << 20)])
        {
            var letter = await PutAsync(Letter(NewKey(), payload: payload, expiresIn: TimeSpan.FromDays(-400)));
            Assert.Equal(payload, (await ReadLetterAsync(letter.Key))!.Payload);
        }

        await PutAsync(Letter(NewKey(), expiresIn: TimeSpan.MinValue));
    }

    [Fact]
    public async Task The_age_of_a_dead_letter_goes_on_counting()
    {
        var letter = await PutAsync(Letter(NewKey(), age: TimeSpan.FromHours(1)));

        var first = (await ReadLetterAsync(letter.Key))!.Age;
        var second = (await ReadLetterAsync(letter.Key))!.Age;

        Assert.True(first >= letter.Age);
        Assert.True(second >= first);
    }

    [Fact]
    public async Task Putting_the_same_letter_again_changes_nothing()
    {
        var letter = await PutAsync(Letter(NewKey(), age: TimeSpan.FromHours(1)));

        await PutAsync(letter with { Age = TimeSpan.Zero });

        AssertSame(letter, await ReadLetterAsync(letter.Key));
    }

    [Fact]
    public async Task A_newer_letter_replaces_the_one_that_it_names()
    {
        var old = await PutAsync(Letter(NewKey(), 3));
        var fresh = Letter(old.Key, 5);

        Assert.Empty(await TryPutAsync(fresh, replaces: old));

        AssertSame(fresh, await ReadLetterAsync(old.Key));
        Assert.Empty(await TryPutAsync(fresh, replaces: old));
    }

    [Fact]
    public async Task A_letter_other_than_the_one_named_stays_and_is_returned()
    {
        var present = await PutAsync(Letter(NewKey(), 5));

        foreach (var named in (DeadLetter?[])[null, present with { Version = 3, Payload = NewPayload() }, present with { Payload = NewPayload() }])
        {
            var inPlace = await TryPutAsync(Letter(present.Key, 9), replaces: named);

            AssertSame(present, Assert.Single(inPlace).InPlace);
            AssertSame(present, await ReadLetterAsync(present.Key));
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_letter_that_is_not_newer_replaces_nothing_and_the_one_in_place_is_returned(long version)
    {
        var present = await PutAsync(Letter(NewKey(), 5));

        var inPlace = await TryPutAsync(Letter(present.Key, version), replaces: present);

        AssertSame(present, Assert.Single(inPlace).InPlace);
        AssertSame(present, await ReadLetterAsync(present.Key));
    }

    [Fact]
    public async Task A_letter_is_not_kept_when_the_one_to_replace_was_released_meanwhile()
    {
        var released = await PutAsync(Letter(NewKey(), 3));
        Assert.Equal(1, await ReleaseAsync(released));

        var conflicts = await TryPutAsync(Letter(released.Key, 5), replaces: released);

        Assert.Equal([new DeadLetterConflict(released.Key, null)], conflicts);
        Assert.Null(await ReadLetterAsync(released.Key));
    }

    [Fact]
    public async Task A_letter_that_stays_does_not_keep_others_of_the_call_out()
    {
        var present = await PutAsync(Letter(NewKey(), 5));
        var (first, second) = (Letter(NewKey()), Letter(NewKey()));

        var inPlace = await Store.PutDeadLettersAsync([new DeadLetterWrite(first, null), new DeadLetterWrite(Letter(present.Key, 9), null), new DeadLetterWrite(second, null)], default);

        AssertSame(present, Assert.Single(inPlace).InPlace);
        AssertSame(first, await ReadLetterAsync(first.Key));
        AssertSame(second, await ReadLetterAsync(second.Key));
    }

    [Fact]
    public async Task Of_letters_of_one_session_put_at_once_one_is_kept_and_the_others_are_shown_it()
    {
        var key = NewKey();
        var letters = Enumerable.Range(1, 8).Select(version => Letter(key, version)).ToArray();

        var inPlace = await Task.WhenAll(letters.Select(letter => TryPutAsync(letter).AsTask()));

        var kept = await ReadLetterAsync(key);
        Assert.NotNull(kept);
        for (var i = 0; i < 8; i++)
        {
            if (letters[i].Version == kept.Version) Assert.Empty(inPlace[i]);
            else AssertSame(kept, Assert.Single(inPlace[i]).InPlace);
        }
    }

    [Fact]
    public async Task Dead_letters_are_read_oldest_first_and_no_more_than_asked_for()
    {
        await RemoveAllLettersAsync();
        var letters = new List<DeadLetter>();
        foreach (var hours in (int[])[2, 5, 1, 4, 3]) letters.Add(await PutAsync(Letter(NewKey(), age: TimeSpan.FromHours(hours))));

        var first = await Store.ReadDeadLettersAsync(2, 0, null, default);
        var next = await Store.ReadDeadLettersAsync(2, 2, null, default);
        var last = await Store.ReadDeadLettersAsync(2, 4, null, default);

        Assert.Equal(letters.OrderByDescending(letter => letter.Age).Select(letter => letter.Key), first.Concat(next).Concat(last).Select(letter => letter.Key));
        Assert.Empty(await Store.ReadDeadLettersAsync(2, 5, null, default));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(1, -1)]
    public async Task Reading_less_than_one_dead_letter_or_passing_over_less_than_none_is_refused(int max, int skip) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.ReadDeadLettersAsync(max, skip, null, default));

    [Fact]
    public async Task A_dead_letter_is_found_by_the_public_id_of_its_session()
    {
        var letter = await PutAsync(Letter(NewKey()));
        await PutAsync(Letter(NewKey()));

        Assert.Equal(letter.Key, Assert.Single(await Store.ReadDeadLettersAsync(10, 0, letter.Key.ToPublicId(), default)).Key);
        foreach (var none in (string[])[NewKey().ToPublicId(), "", "x", letter.Key.ToHex(), letter.Key.ToPublicId()[..31], new string('z', 32)])
            Assert.Empty(await Store.ReadDeadLettersAsync(10, 0, none, default));
    }

    [Fact]
    public async Task A_dead_letter_is_released_at_exactly_the_given_version_and_content()
    {
        var (letter, other) = (await PutAsync(Letter(NewKey(), 4)), await PutAsync(Letter(NewKey(), 4)));

        Assert.Equal(0, await ReleaseAsync(letter with { Version = 3 }));
        Assert.Equal(0, await ReleaseAsync(letter with { Version = 5 }));
        Assert.Equal(0, await ReleaseAsync(letter with { Payload = NewPayload() }));
        Assert.Equal(0, await ReleaseAsync(letter with { Key = NewKey() }));
        AssertSame(letter, await ReadLetterAsync(letter.Key));

        Assert.Equal(1, await ReleaseAsync(letter));
        Assert.Null(await ReadLetterAsync(letter.Key));
        Assert.NotNull(await ReadLetterAsync(other.Key));
    }

    [Fact]
    public async Task Releasing_returns_how_many_were_removed()
    {
        var letters = Enumerable.Range(0, 300).Select(_ => Letter(NewKey(), 2, NewPayload(8))).ToArray();
        await Store.PutDeadLettersAsync([.. letters.Select(letter => new DeadLetterWrite(letter, null))], default);

        Assert.Equal(300, await Store.ReleaseDeadLettersAsync([.. letters.Select(l => l.ToVersion()), Letter(NewKey()).ToVersion()], default));
        Assert.Equal(0, await Store.ReleaseDeadLettersAsync([.. letters.Select(l => l.ToVersion())], default));
    }

    [Fact]
    public async Task Dead_letters_are_counted()
    {
        await RemoveAllLettersAsync();
        Assert.Equal(0, await Store.CountDeadLettersAsync(default));
        var letter = await PutAsync(Letter(NewKey()));
        await PutAsync(Letter(NewKey()));
        await TryPutAsync(letter with { Version = letter.Version + 1 }, replaces: letter);

        Assert.Equal(2, await Store.CountDeadLettersAsync(default));
    }

    [Fact]
    public async Task Remove_takes_the_dead_letter_along_whatever_its_version_and_also_where_no_row_exists()
    {
        var (stored, absent) = (await PutAsync(Letter(await StoreAsync(), 9)), await PutAsync(Letter(NewKey())));

        Assert.True(await Store.RemoveAsync(stored.Key, default));
        Assert.False(await Store.RemoveAsync(absent.Key, default));

        Assert.Null(await ReadLetterAsync(stored.Key));
        Assert.Null(await ReadLetterAsync(absent.Key));
    }

    [Fact]
    public async Task Rekey_moves_a_dead_letter_of_the_old_key_along()
    {
        var letter = await PutAsync(Letter(await StoreAsync(), 2, age: TimeSpan.FromHours(1)));
        var replacement = Change(NewKey(), 1, 2);

        Assert.Equal(FlushOutcome.Written, await Store.RekeyAsync(letter.Key, 1, replacement, default));

        Assert.Null(await ReadLetterAsync(letter.Key));
        AssertSame(letter with { Key = replacement.Key }, await ReadLetterAsync(replacement.Key));
    }

    [Fact]
    public async Task Rekey_that_changes_nothing_leaves_the_dead_letter_in_place()
    {
        var letter = await PutAsync(Letter(await StoreAsync(version: 5), 6));

        Assert.Equal(FlushOutcomeKind.Conflict, (await Store.RekeyAsync(letter.Key, 4, Change(NewKey(), 4, 6), default)).Kind);

        AssertSame(letter, await ReadLetterAsync(letter.Key));
    }

    [Fact]
    public async Task Prune_removes_dead_letters_that_expired_longer_than_the_grace_ago_and_whose_session_is_not_stored()
    {
        var hours2 = TimeSpan.FromHours(2);
        var orphan = await PutAsync(Letter(NewKey(), expiresIn: -hours2));
        var fresh = await PutAsync(Letter(NewKey(), expiresIn: TimeSpan.FromMinutes(-5)));
        var alive = await PutAsync(Letter(await StoreAsync(), expiresIn: -hours2));
        var expired = await PutAsync(Letter(await StoreAsync(expiresIn: -hours2), expiresIn: -hours2));

        await Store.PruneAsync(TimeSpan.FromHours(1), default);

        Assert.Null(await ReadLetterAsync(orphan.Key));
        Assert.NotNull(await ReadLetterAsync(fresh.Key));
        Assert.NotNull(await ReadLetterAsync(alive.Key));
        Assert.Null(await ReadLetterAsync(expired.Key));
    }
}
