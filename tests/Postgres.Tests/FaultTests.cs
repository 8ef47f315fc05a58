using Npgsql;
using Xunit;

namespace HybridSession.Postgres.Tests;

/// <summary>Faults while a call is in flight. A row lock of the test holds the call where the fault shall meet it.</summary>
public sealed class FaultTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(FlushMethod.Arrays)]
    [InlineData(FlushMethod.Copy)]
    public async Task A_backend_killed_in_a_flush_is_a_transient_failure_and_the_next_flush_works(FlushMethod method)
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => (o.FlushMethod, o.LockTimeout) = (method, Patience));
        var births = Sessions.Births(100);
        await store.FlushAsync(births, default);
        var changes = Array.ConvertAll(births, w => Sessions.Next(w));

        await using var held = await HeldRow.LockAsync(schema, births[50].Key);
        var flush = store.FlushAsync(changes, default).AsTask();
        var backend = await held.WaitForVictimAsync();
        await schema.ExecuteAsync($"select pg_terminate_backend({backend})");
        var failure = await Assert.ThrowsAsync<BackingStoreException>(() => flush);
        await held.ReleaseAsync();

        Assert.Equal(BackingStoreFailure.Transient, failure.Failure);
        Assert.NotNull(failure.InnerException);
        Assert.IsNotType<BackingStoreException>(failure.InnerException);
        Assert.All(await store.LoadAsync([.. births.Select(b => b.Key)], default), s => Assert.Equal(1, s!.Version));
        Assert.All(await store.FlushAsync(changes, default), outcome => Assert.Equal(FlushOutcome.Written, outcome));
    }

    [Theory]
    [InlineData(FlushMethod.Arrays)]
    [InlineData(FlushMethod.Copy)]
    public async Task A_cancelled_flush_ends_at_once_and_the_next_flush_works(FlushMethod method)
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => (o.FlushMethod, o.LockTimeout) = (method, Patience));
        var births = Sessions.Births(100);
        await store.FlushAsync(births, default);
        var changes = Array.ConvertAll(births, w => Sessions.Next(w));
        using var source = new CancellationTokenSource();

        await using var held = await HeldRow.LockAsync(schema, births[0].Key);
        var flush = store.FlushAsync(changes, source.Token).AsTask();
        await held.WaitForVictimAsync();
        await source.CancelAsync();
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush);
        await held.ReleaseAsync();

        Assert.Equal(source.Token, cancelled.CancellationToken);
        Assert.All(await store.FlushAsync(changes, default), outcome => Assert.Equal(FlushOutcome.Written, outcome));
    }

    [Theory]
    [InlineData(FlushMethod.Arrays)]
    [InlineData(FlushMethod.Copy)]
    public async Task A_statement_that_takes_too_long_was_rolled_back_and_may_be_repeated(FlushMethod method)
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync(o => (o.FlushMethod, o.StatementTimeout, o.LockTimeout) = (method, TimeSpan.FromMilliseconds(300), Patience));
        var birth = Sessions.Birth();
        await store.FlushAsync([birth], default);

        await using var held = await HeldRow.LockAsync(schema, birth.Key);
        var failure = await Assert.ThrowsAsync<BackingStoreException>(async () => await store.FlushAsync([Sessions.Next(birth)], default));
        await held.ReleaseAsync();

        Assert.Equal(BackingStoreFailure.Timeout, failure.Failure);
        Assert.False(failure.OutcomeUnknown);
        Assert.Equal([FlushOutcome.Written], await store.FlushAsync([Sessions.Next(birth)], default));
    }

    [Fact]
    public async Task A_dropped_table_is_a_failure_of_the_setup_and_heals_when_it_is_back()
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync();
        var birth = Sessions.Birth();
        await store.FlushAsync([birth], default);
        await store.LoadAsync([birth.Key], default);
        await schema.ExecuteAsync($"alter table {schema.Quoted}.session rename to away");

        var failures = new[]
        {
            await Assert.ThrowsAsync<BackingStoreException>(async () => await store.FlushAsync([Sessions.Next(birth)], default)),
            await Assert.ThrowsAsync<BackingStoreException>(async () => await store.LoadAsync([birth.Key], default)),
            await Assert.ThrowsAsync<BackingStoreException>(async () => await store.RemoveAsync(birth.Key, default)),
            await Assert.ThrowsAsync<BackingStoreException>(async () => await store.PruneAsync(TimeSpan.Zero, default)),
        };
        await schema.ExecuteAsync($"alter table {schema.Quoted}.away rename to session");

        Assert.All(failures, failure => Assert.Equal(BackingStoreFailure.Setup, failure.Failure));
        Assert.All(failures, failure => Assert.False(failure.OutcomeUnknown));
        Assert.All(failures, failure => Assert.DoesNotContain(birth.Key.ToHex(), failure.Message, StringComparison.Ordinal));
        Assert.NotNull(Assert.Single(await store.LoadAsync([birth.Key], default)));
        Assert.Equal([FlushOutcome.Written], await store.FlushAsync([Sessions.Next(birth)], default));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Idle_connections_of_both_lanes_that_were_killed_cost_one_failed_call(bool dataSourceOfTheApplication)
    {
        await using var schema = await TestSchema.CreateAsync();
        var name = $"victim {Guid.NewGuid():N}";
        var connectionString = new NpgsqlConnectionStringBuilder(schema.ConnectionString) { ApplicationName = name }.ConnectionString;
        await using var theirs = dataSourceOfTheApplication ? NpgsqlDataSource.Create(connectionString) : null;
        var store = await schema.StartStoreAsync(o => (o.ConnectionString, o.DataSource) = (theirs is null ? connectionString : null, theirs));
        var births = Sessions.Births(4);
        await store.FlushAsync(births, default);
        await FillLanesAsync(schema, store, births);
        Assert.InRange(await schema.ScalarAsync<long>($"select count(*) from pg_stat_activity where application_name = '{name}'"), 5, long.MaxValue);
        await schema.ExecuteAsync($"select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = '{name}'");

        var failure = await Assert.ThrowsAsync<BackingStoreException>(async () => await store.LoadAsync([births[0].Key], default));
        var calls = births.Select(b => store.FlushAsync([Sessions.Next(b)], default).AsTask()).Concat<Task>(births.Select(b => store.LoadAsync([b.Key], default).AsTask()));
        await Task.WhenAll(calls);

        Assert.Equal(BackingStoreFailure.Transient, failure.Failure);
    }

    [Fact]
    public async Task A_server_that_becomes_read_only_is_the_wrong_server()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var role = await TestRole.CreateAsync(schema);
        await schema.StartStoreAsync();
        await schema.ExecuteAsync($"grant usage on schema {schema.Quoted} to {role.Quoted}; grant select, insert, update, delete on all tables in schema {schema.Quoted} to {role.Quoted}");
        var store = await schema.StartStoreAsync(role.Use);
        await schema.ExecuteAsync($"alter role {role.Quoted} set default_transaction_read_only = on");

        // The role's setting holds for connections made from now on.
        var failure = await Assert.ThrowsAsync<BackingStoreException>(async () =>
        {
            await using var second = schema.CreateStore(role.Use);
            await second.FlushAsync([Sessions.Birth()], default);
        });

        Assert.Equal(BackingStoreFailure.WrongServer, failure.Failure);
        Assert.False(failure.OutcomeUnknown);
    }

    // Calls that wait for a row at the same time have a connection each.
    private static async Task FillLanesAsync(TestSchema schema, PostgresBackingStore store, SessionWrite[] births)
    {
        await schema.ExecuteAsync($"begin; lock table {schema.Quoted}.session in access exclusive mode");
        var calls = births.Select(b => store.RemoveAsync(Sessions.NewKey(), default).AsTask()).Concat<Task>(births.Select(b => store.LoadAsync([b.Key], default).AsTask())).ToList();
        await using var watcher = await PostgresFixture.OpenAsync();
        await using var waiting = new NpgsqlCommand("select count(*) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))", watcher) { Parameters = { new() { Value = schema.Admin.ProcessID } } };
        while (await waiting.ExecuteScalarAsync(TestContext.Current.CancellationToken) is < 6L)
        {
        }
        await schema.ExecuteAsync("rollback");
        await Task.WhenAll(calls);
    }

    /// <summary>A row that the test holds locked.</summary>
    private sealed class HeldRow(NpgsqlConnection holder, NpgsqlConnection watcher) : IAsyncDisposable
    {
        public static async Task<HeldRow> LockAsync(TestSchema schema, SessionKey key)
        {
            var holder = await PostgresFixture.OpenAsync();
            await using var command = new NpgsqlCommand($"begin; select 1 from {schema.Quoted}.session where session_key = '{key.ToHex()}' for update", holder);
            await command.ExecuteNonQueryAsync();
            return new HeldRow(holder, await PostgresFixture.OpenAsync());
        }

        /// <summary>Asks until a backend waits for the row, and tells which.</summary>
        public async Task<int> WaitForVictimAsync()
        {
            while (true)
            {
                await using var command = new NpgsqlCommand("select pid from pg_stat_activity where $1 = any(pg_blocking_pids(pid))", watcher) { Parameters = { new() { Value = holder.ProcessID } } };
                if (await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) is int pid) return pid;
            }
        }

        public async Task ReleaseAsync()
        {
            await using var command = new NpgsqlCommand("rollback", holder);
            await command.ExecuteNonQueryAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await holder.DisposeAsync();
            await watcher.DisposeAsync();
        }
    }
}
