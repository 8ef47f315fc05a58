using System.Text;
using HybridSession.Hot;

namespace HybridSession.Postgres.Tests;

/// <summary>The engine over the real store: what memory holds reaches the table, in few batches.</summary>
public sealed class EngineOnPostgresTests
{
    private static readonly byte[] Key = "cart"u8.ToArray();

    [Fact]
    public async Task Ten_thousand_sessions_changed_at_once_reach_the_table_in_a_few_batches_by_copy_and_each_rows_bytes_equal_memory()
    {
        await using var site = await Site.StartAsync(o => o.MaxDirtyAge = TimeSpan.FromMinutes(1));
        var sessions = await site.BornAsync(10_000);
        site.Flushes.Clear();

        for (var i = 0; i < sessions.Length; i++) sessions[i] = site.Engine.Set(sessions[i], Key, Encoding.UTF8.GetBytes($"changed {i}"), out _);
        Assert.Equal(0, await site.Engine.DrainAsync(TestContext.Current.CancellationToken));

        Assert.Equal(10_000, site.Flushes.Sum());
        Assert.InRange(site.Flushes.Count, 1, 8);
        Assert.Contains(site.Flushes, count => count >= site.CopyThreshold);
        await site.AssertRowsEqualMemoryAsync(sessions);
    }

    [Fact]
    public async Task The_same_key_changed_a_thousand_times_between_two_flushes_is_written_once()
    {
        await using var site = await Site.StartAsync(o => o.MaxDirtyAge = TimeSpan.FromMinutes(1));
        var session = (await site.BornAsync(1))[0];
        site.Flushes.Clear();

        for (var i = 0; i < 1_000; i++) session = site.Engine.Set(session, Key, Encoding.UTF8.GetBytes($"{i}"), out _);
        Assert.Equal(0, await site.Engine.DrainAsync(TestContext.Current.CancellationToken));

        Assert.Equal([1], site.Flushes);
        await site.AssertRowsEqualMemoryAsync([session]);
    }

    [Fact]
    public async Task A_session_that_another_engine_stored_is_opened_with_its_content()
    {
        await using var schema = await TestSchema.CreateAsync();
        LiveSession session;
        await using (var first = await Site.StartAsync(null, schema))
        {
            session = (await first.BornAsync(1))[0];
            first.Engine.Set(session, Key, "kept"u8, out _);
        }

        await using var second = await Site.StartAsync(null, schema);
        var (opened, origin) = await second.Engine.OpenAsync(session.Token, default, default);

        Assert.Equal(SessionOrigin.Store, origin);
        Assert.True(opened!.Payload.TryGet(Key, out var value));
        Assert.Equal("kept"u8, value);
        Assert.Equal(session.Payload.Bytes, opened.Payload.Bytes);
    }
}
