using System.Text;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.Stores;
using Microsoft.Extensions.Logging;

namespace HybridSession.Core.Tests.Stores;

public sealed class CompressingBackingStoreTests
{
    private static readonly string Long = string.Concat(Enumerable.Repeat("a cart with many mugs, ", 200));

    private readonly StageLog _log = new();

    [Fact]
    public async Task A_large_session_is_stored_compressed_and_served_as_it_was()
    {
        await using var node = EngineHarness.Start(stage: inner => Stage(inner));
        var session = await node.BornAsync(value: Long);

        Assert.True(await StoredLengthAsync(node, session.Key) < Long.Length / 4);

        node.Engine.Compact(1);
        var (opened, origin) = await node.OpenAsync(session.Token).Soon();
        Assert.Equal((SessionOrigin.Store, Long), (origin, EngineHarness.Get(opened!, "a")));
    }

    [Theory, InlineData(1_024, 1_023, false), InlineData(1_024, 1_024, true), InlineData(64, 64, true)]
    public async Task The_threshold_decides_what_is_compressed(int threshold, int size, bool isCompressed)
    {
        var rows = new InMemoryBackingStore(TimeProvider.System);
        var write = Write(new byte[size]);

        await Stage(rows, o => o.Threshold = threshold).FlushAsync([write], default);

        Assert.Equal(isCompressed, StoredForm.Is(StoredForm.Compressed, (await rows.LoadAsync([write.Key], default))[0]!.Payload));
    }

    [Fact]
    public async Task Switched_off_it_reads_what_is_compressed_and_writes_plain_rows()
    {
        var rows = new InMemoryBackingStore(TimeProvider.System);
        var (old, fresh) = (Write(new byte[5_000]), Write(new byte[5_000]));
        await Stage(rows).FlushAsync([old], default);
        var off = Stage(rows, o => o.Enabled = false);

        await off.FlushAsync([fresh], default);

        Assert.Equal([old.Payload, fresh.Payload], (await off.LoadAsync([old.Key, fresh.Key], default)).Select(row => row!.Payload));
        Assert.Same(fresh.Payload, (await rows.LoadAsync([fresh.Key], default))[0]!.Payload);
        Assert.Equal(fresh.Payload, (await Stage(rows).LoadAsync([fresh.Key], default))[0]!.Payload);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_write_whose_answer_was_lost_is_recognised_in_another_form()
    {
        var rows = new InMemoryBackingStore(TimeProvider.System);
        var write = Write(new byte[5_000]);
        var change = write with { Version = 2, BaseVersion = 1, Payload = new byte[6_000] };

        foreach (var next in (SessionWrite[])[write, change])
        {
            Assert.Equal(FlushOutcome.Written, (await Stage(rows).FlushAsync([next], default))[0]);
            Assert.Equal(FlushOutcome.Written, (await Stage(rows, o => o.Enabled = false).FlushAsync([next], default))[0]);
        }

        var conflict = (await Stage(rows).FlushAsync([change with { Version = 3 }], default))[0];
        Assert.Equal(change.Payload, conflict.Current!.Payload);
    }

    [Fact]
    public async Task A_bomb_in_the_table_is_a_damaged_row_and_said_in_one_line()
    {
        await using var node = EngineHarness.Start(stage: inner => Stage(inner));
        var (token, bomb) = (SessionToken.Create(), CompressedFormTests.Bomb(1L << 40, 1_000));
        await node.Rows.FlushAsync([new SessionWrite(token.ToKey(), bomb, 1, 0, TimeSpan.FromHours(1))], default);

        for (var i = 0; i < 3; i++) Assert.Equal(new OpenResult(null, SessionOrigin.Unreadable), await node.OpenAsync(token).Soon());

        Assert.Same(bomb, (await node.Rows.LoadAsync([token.ToKey()], default))[0]!.Payload);
        Assert.Equal((LogLevel.Error, 1701), Assert.Single(_log.Lines));
    }

    [Fact]
    public async Task A_changed_session_does_not_overwrite_a_damaged_row()
    {
        await using var node = EngineHarness.Start(stage: inner => Stage(inner));
        var session = await node.BornAsync();
        byte[] damaged = [129, 1, 5, 6, 7];
        await node.Rows.FlushAsync([new SessionWrite(session.Key, damaged, 99, session.BaseVersion, TimeSpan.FromHours(1))], default);

        node.Set(session, "a", "2");
        Assert.Equal(0, await node.DrainAsync());

        Assert.True(session.IsEnded);
        Assert.Same(damaged, (await node.Rows.LoadAsync([session.Key], default))[0]!.Payload);
    }

    [Theory, InlineData(false, 1), InlineData(true, 0)]
    public async Task Encrypted_rows_that_no_stage_opens_are_refused_and_said_in_one_line(bool isDecrypted, int lines)
    {
        await using var node = EngineHarness.Start(stage: inner => Stage(inner, isDecrypted: isDecrypted));
        var (token, row) = (SessionToken.Create(), new byte[] { 130, 1, 2, 3 });
        await node.Rows.FlushAsync([new SessionWrite(token.ToKey(), row, 1, 0, TimeSpan.FromHours(1))], default);

        for (var i = 0; i < 3; i++) Assert.Equal(SessionOrigin.Unreadable, (await node.OpenAsync(token).Soon()).Origin);

        Assert.Same(row, (await node.Rows.LoadAsync([token.ToKey()], default))[0]!.Payload);
        Assert.Equal(Enumerable.Repeat((LogLevel.Error, 1702), lines), _log.Lines);
    }

    [Fact]
    public Task A_flipped_bit_anywhere_in_a_row_is_never_another_session() => Seeded.RunAsync(1_000, async random =>
    {
        var session = PackedSession.Empty.Set("cart"u8, Encoding.UTF8.GetBytes(Long[..random.Next(100, Long.Length)]), 1, NodeId.Create());
        Assert.True(CompressedForm.TryCompress(session.Bytes, out var stored));
        stored[random.Next(stored.Length)] ^= (byte)(1 << random.Next(8));
        var rows = new InMemoryBackingStore(TimeProvider.System);
        var write = Write(stored);
        await rows.FlushAsync([write], default);

        var opened = (await Stage(rows).LoadAsync([write.Key], default))[0]!.Payload;

        // Some bits of a compressed stream mean nothing.
        if (PackedSession.TryRead(opened, out var found, out _)) Assert.Equal(session.Bytes, found.Bytes);
    });

    private static SessionWrite Write(byte[] payload) => new(SessionToken.Create().ToKey(), payload, 1, 0, TimeSpan.FromHours(1));

    private static async Task<int> StoredLengthAsync(EngineHarness node, SessionKey key) => (await node.Rows.LoadAsync([key], default))[0]!.Payload.Length;

    private CompressingBackingStore Stage(ISessionBackingStore inner, Action<CompressionOptions>? configure = null, bool isDecrypted = false)
    {
        var options = new CompressionOptions { Enabled = true };
        configure?.Invoke(options);
        return new CompressingBackingStore(inner, options, new SessionEngineOptions().MaxPayloadBytes, isDecrypted, TimeProvider.System, _log);
    }

    private sealed class StageLog : ILogger<CompressingBackingStore>
    {
        public List<(LogLevel, int)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add((logLevel, eventId.Id));
    }
}
