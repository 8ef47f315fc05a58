using HybridSession.Core.Tests.Stores;
using HybridSession.Middleware.Tests.Hosting;
using HybridSession.Payload;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace HybridSession.Middleware.Tests.Encryption;

public sealed class EncryptingBackingStoreTests : IDisposable
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly InMemoryBackingStore _rows = new(TimeProvider.System);
    private readonly FailingKeys _keys = new();
    private readonly LogCollector _logs = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task A_write_whose_answer_was_lost_is_recognised_though_its_bytes_differ()
    {
        var store = Stage();
        var birth = Write();
        var change = birth with { Version = 2, BaseVersion = 1, Payload = [7, 7] };

        foreach (var write in (SessionWrite[])[birth, change])
        {
            Assert.Equal(FlushOutcome.Written, (await store.FlushAsync([write], default))[0]);
            var stored = await StoredAsync(write.Key);
            Assert.Equal(FlushOutcome.Written, (await store.FlushAsync([write], default))[0]);
            Assert.Same(stored, await StoredAsync(write.Key));
        }
    }

    [Fact]
    public async Task A_conflict_brings_the_stored_session_back_opened()
    {
        var store = Stage();
        var birth = Write();
        await store.FlushAsync([birth], default);

        var flush = (await store.FlushAsync([birth with { Payload = [9] }], default))[0];
        var rekey = await store.RekeyAsync(birth.Key, 5, Write(), default);

        Assert.Equal([FlushOutcomeKind.Conflict, FlushOutcomeKind.Conflict], [flush.Kind, rekey.Kind]);
        Assert.Equal([birth.Payload, birth.Payload], [flush.Current!.Payload, rekey.Current!.Payload]);
    }

    [Fact]
    public async Task A_change_of_the_key_whose_answer_was_lost_is_recognised_and_another_one_is_not()
    {
        var store = Stage();
        var birth = Write();
        var moved = Write() with { Version = 2 };
        await store.FlushAsync([birth], default);

        Assert.Equal(FlushOutcome.Written, await store.RekeyAsync(birth.Key, 1, moved, default));
        Assert.Equal(FlushOutcome.Written, await store.RekeyAsync(birth.Key, 1, moved, default));
        Assert.Equal(FlushOutcome.Gone, await store.RekeyAsync(birth.Key, 1, Write() with { Version = 2 }, default));
        Assert.Equal(FlushOutcome.Gone, await store.RekeyAsync(birth.Key, 1, moved with { Payload = [9] }, default));
        Assert.Equal(moved.Payload, (await store.LoadAsync([moved.Key], default))[0]!.Payload);
    }

    [Fact]
    public async Task The_data_of_swapped_rows_is_refused_kept_and_said_in_one_line()
    {
        var store = Stage();
        var (mine, yours) = (Session(), Session());
        await store.FlushAsync([mine, yours], default);
        var (myData, yourData) = (await StoredAsync(mine.Key), await StoredAsync(yours.Key));
        await PlantAsync(mine.Key, 1, yourData);
        await PlantAsync(yours.Key, 1, myData);

        var read = await store.LoadAsync([mine.Key, yours.Key], default);
        var conflict = (await store.FlushAsync([mine with { Version = 3, BaseVersion = 2 }], default))[0];

        Assert.All((StoredSession[])[.. read!, conflict.Current!], row => Assert.False(PackedSession.TryRead(row.Payload, out _, out _)));
        Assert.Same(yourData, await StoredAsync(mine.Key));
        Assert.Equal((LogLevel.Error, 3051), Assert.Single(Lines()));
    }

    [Fact]
    public async Task A_row_put_back_to_an_earlier_version_of_itself_is_refused()
    {
        var store = Stage();
        var session = Session();
        await store.FlushAsync([session], default);
        var old = await StoredAsync(session.Key);
        await store.FlushAsync([session with { Version = 2, BaseVersion = 1 }], default);
        await PlantAsync(session.Key, 3, old);

        Assert.False(PackedSession.TryRead((await store.LoadAsync([session.Key], default))[0]!.Payload, out _, out _));

        Assert.Equal((LogLevel.Error, 3051), Assert.Single(Lines()));
    }

    [Theory, InlineData(true, true), InlineData(false, false)]
    public async Task Plain_rows_are_served_until_they_are_no_longer_accepted(bool accepts, bool isServed)
    {
        var session = Session();
        await _rows.FlushAsync([session], default);
        var store = Stage(o => o.AcceptPlain = accepts);

        var read = (await store.LoadAsync([session.Key], default))[0]!;

        Assert.Equal(isServed, PackedSession.TryRead(read.Payload, out _, out _));
        Assert.Same(session.Payload, await StoredAsync(session.Key));
        Assert.Equal(isServed ? [] : [(LogLevel.Warning, 3052)], Lines());
    }

    [Fact]
    public async Task Switched_off_it_reads_what_is_encrypted_and_writes_plain_rows()
    {
        var (old, fresh) = (Session(), Session());
        await Stage().FlushAsync([old], default);
        var off = Stage(o => o.Enabled = false);

        await off.FlushAsync([fresh], default);

        Assert.Equal([old.Payload, fresh.Payload], (await off.LoadAsync([old.Key, fresh.Key], default)).Select(row => row!.Payload));
        Assert.Same(fresh.Payload, await StoredAsync(fresh.Key));
    }

    [Fact]
    public async Task While_the_keys_are_out_of_reach_every_call_that_needs_them_fails_and_nothing_is_taken_for_damaged()
    {
        var store = Stage();
        var session = Session();
        await store.FlushAsync([session], default);
        _keys.Fails = true;

        foreach (var call in (Func<Task>[])
            [
                () => store.InitializeAsync(default).AsTask(), () => store.PingAsync(default).AsTask(), () => store.LoadAsync([session.Key], default).AsTask(),
                () => store.FlushAsync([Session()], default).AsTask(), () => store.RekeyAsync(session.Key, 1, Session(), default).AsTask(),
            ])
        {
            var failure = await Assert.ThrowsAsync<BackingStoreException>(call);
            Assert.Equal((BackingStoreFailure.Setup, false), (failure.Failure, failure.OutcomeUnknown));
        }

        Assert.Empty(Lines());
        _keys.Fails = false;
        await store.PingAsync(default);
        Assert.Equal(session.Payload, (await store.LoadAsync([session.Key], default))[0]!.Payload);
    }

    [Fact]
    public Task A_flipped_bit_anywhere_in_a_row_is_never_a_session() => Seeded.RunAsync(500, async random =>
    {
        var store = Stage();
        var session = Session();
        await store.FlushAsync([session], default);
        var damaged = (byte[])(await StoredAsync(session.Key)).Clone();
        damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
        await PlantAsync(session.Key, 1, damaged);

        var read = (await store.LoadAsync([session.Key], default))[0]!;

        Assert.False(PackedSession.TryRead(read.Payload, out _, out _));
    });

    [Fact]
    public async Task Many_rows_that_do_not_open_are_one_line_a_minute()
    {
        var store = Stage();
        var sessions = Enumerable.Range(0, 50).Select(_ => Session()).ToArray();
        await new EncryptingBackingStore(_rows, new EncryptedForm(new FailingKeys()), new EncryptionOptions { Enabled = true }, Reports()).FlushAsync(sessions, default);

        await store.LoadAsync([.. sessions.Select(session => session.Key)], default);
        Assert.Equal((LogLevel.Error, 3050), Assert.Single(Lines()));

        _time.Advance(TimeSpan.FromMinutes(1));
        await store.LoadAsync([sessions[0].Key], default);
        Assert.StartsWith("50 stored sessions", _logs.Lines[^1].Text, StringComparison.Ordinal);
        Assert.Equal(2, Lines().Length);
    }

    [Fact]
    public async Task A_dead_letter_that_does_not_open_is_listed_stays_in_place_and_can_be_discarded()
    {
        var letter = new DeadLetter(SessionToken.Create().ToKey(), Session().Payload, 5, 4, Hour, "SQLSTATE 23514", TimeSpan.Zero);
        await new EncryptingBackingStore(_rows, new EncryptedForm(new FailingKeys()), new EncryptionOptions { Enabled = true }, Reports()).PutDeadLettersAsync([new DeadLetterWrite(letter, null)], default);
        var store = Stage();

        var listed = Assert.Single(await store.ReadDeadLettersAsync(10, 0, null, default));
        var conflict = Assert.Single(await store.PutDeadLettersAsync([new DeadLetterWrite(letter with { Version = 6 }, null)], default));

        Assert.False(PackedSession.TryRead(listed.Payload, out _, out _));
        Assert.Equal(listed.ToVersion(), conflict.InPlace!.ToVersion());
        Assert.Equal(1, await store.ReleaseDeadLettersAsync([listed.ToVersion()], default));
        Assert.Equal(0, await store.CountDeadLettersAsync(default));
    }

    [Fact]
    public async Task A_plain_dead_letter_is_replaced_by_an_encrypted_one_and_released_under_its_name()
    {
        var plain = new DeadLetter(SessionToken.Create().ToKey(), Session().Payload, 5, 4, Hour, "SQLSTATE 23514", TimeSpan.Zero);
        var newer = plain with { Version = 6, Payload = Session().Payload };
        await _rows.PutDeadLettersAsync([new DeadLetterWrite(plain, null)], default);
        var store = Stage();

        Assert.Empty(await store.PutDeadLettersAsync([new DeadLetterWrite(newer, plain.ToVersion())], default));

        Assert.Equal(130, Assert.Single(await _rows.ReadDeadLettersAsync(1, 0, null, default)).Payload[0]);
        Assert.Equal(0, await store.ReleaseDeadLettersAsync([plain.ToVersion()], default));
        Assert.Equal(1, await store.ReleaseDeadLettersAsync([newer.ToVersion()], default));
    }

    private static SessionWrite Write() => new(SessionToken.Create().ToKey(), [1, 2, 3], 1, 0, Hour);

    private static SessionWrite Session() => Write() with { Payload = PackedSession.Empty.Set("cart"u8, "mugs"u8, 1, NodeId.Create()).Bytes };

    private EncryptingBackingStore Stage(Action<EncryptionOptions>? configure = null)
    {
        var options = new EncryptionOptions { Enabled = true };
        configure?.Invoke(options);
        return new EncryptingBackingStore(_rows, new EncryptedForm(_keys), options, Reports());
    }

    private EncryptionReports Reports() => new(_logs.CreateLogger("HybridSession"), _time);

    private (LogLevel, int)[] Lines() => [.. _logs.Lines.Select(line => (line.Level, line.EventId.Id))];

    private async Task<byte[]> StoredAsync(SessionKey key) => (await _rows.LoadAsync([key], default))[0]!.Payload;

    // As somebody who can write to the table would.
    private async Task PlantAsync(SessionKey key, long version, byte[] stored)
    {
        await _rows.RemoveAsync(key, default);
        await _rows.FlushAsync([new SessionWrite(key, stored, version, 0, Hour)], default);
    }
}
