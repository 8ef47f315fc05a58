using HybridSession.LocalPostgres;
using HybridSession.Postgres.Locks;
using HybridSession.Postgres.Tests.Poolers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace HybridSession.Postgres.Tests.Locks;

/// <summary>The contract of <see cref="ISessionLocks"/> on PostgreSQL, and what happens when its connection or server fails.</summary>
public sealed class SessionLocksTests
{
    [Fact]
    public async Task A_lock_is_had_by_one_node_until_it_is_released()
    {
        await using var schema = await TestSchema.CreateAsync();
        var (a, b) = (LocksOf(schema), LocksOf(schema));
        var key = Sessions.NewKey();

        var lease = await TakeAsync(a, key);
        Assert.Equal(SessionLockAttempt.Busy, await a.TryAcquireAsync(key, default));
        Assert.Equal(SessionLockAttempt.Busy, await b.TryAcquireAsync(key, default));
        await using (await TakeAsync(b, Sessions.NewKey()))
        {
            await lease.DisposeAsync();
            await lease.DisposeAsync();
        }

        var other = await TakeAsync(b, key);
        Assert.False(lease.IsLost);
        Assert.Equal(SessionLockAttempt.Busy, await a.TryAcquireAsync(key, default));
        await other.DisposeAsync();
        Assert.Equal(0, await CountAsync(schema));
    }

    [Fact]
    public async Task Who_tries_after_the_release_was_asked_for_is_not_kept_out_by_it()
    {
        await using var schema = await TestSchema.CreateAsync();
        var locks = LocksOf(schema);
        var key = Sessions.NewKey();
        var lease = await TakeAsync(locks, key);

        for (var i = 0; i < 100; i++)
        {
            var releasing = lease.DisposeAsync();
            lease = await TakeAsync(locks, key);
            await releasing;
        }

        await lease.DisposeAsync();
        Assert.Equal(0, await CountAsync(schema));
    }

    [Fact]
    public async Task Many_locks_are_held_by_one_connection_without_a_transaction()
    {
        await using var schema = await TestSchema.CreateAsync();
        var locks = LocksOf(schema);
        var first = await TakeAsync(locks, Sessions.NewKey());

        var leases = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => TakeAsync(locks, Sessions.NewKey())));

        Assert.Equal(201, await CountAsync(schema));
        Assert.Equal(1, await schema.ScalarAsync<long>($"select count(distinct pid) from pg_locks where {Ours}"));
        Assert.Equal(0, await schema.ScalarAsync<long>($"select count(*) from pg_stat_activity where pid in (select pid from pg_locks where {Ours}) and state like 'idle in transaction%'"));
        await Task.WhenAll(leases.Append(first).Select(lease => lease.DisposeAsync().AsTask()));
        Assert.Equal(0, await CountAsync(schema));
    }

    [Fact]
    public async Task Two_nodes_that_take_turns_are_never_in_together()
    {
        await using var schema = await TestSchema.CreateAsync();
        var nodes = new[] { LocksOf(schema), LocksOf(schema) };
        var key = Sessions.NewKey();
        var (inside, together, entered) = (0, 0, 0);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var turns = 0; turns < 25;)
            {
                if ((await nodes[worker % 2].TryAcquireAsync(key, default)).Lease is not { } lease)
                {
                    await Task.Delay(1);
                    continue;
                }

                if (Interlocked.Increment(ref inside) > 1) Interlocked.Increment(ref together);
                await Task.Yield();
                Interlocked.Decrement(ref inside);
                Interlocked.Increment(ref entered);
                await lease.DisposeAsync();
                turns++;
            }
        }))).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal((0, 200), (together, entered));
        Assert.Equal(0, await CountAsync(schema));
    }

    [Fact]
    public async Task A_lock_that_came_after_its_request_had_gone_is_released()
    {
        await using var schema = await TestSchema.CreateAsync();
        var (a, b) = (LocksOf(schema), LocksOf(schema));
        var key = Sessions.NewKey();
        using var cancel = new CancellationTokenSource();
        var attempt = a.TryAcquireAsync(key, cancel.Token).AsTask();
        await cancel.CancelAsync();

        // The first one connects, which takes longer than the cancellation.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempt);
        await using var lease = await TakeAsync(b, key);
        await using var other = await UntilTakenAsync(a, Sessions.NewKey());

        Assert.Equal(2, await CountAsync(schema));
    }

    [Fact]
    public async Task A_connection_that_is_killed_takes_its_locks_with_it_and_new_ones_are_had()
    {
        await using var schema = await TestSchema.CreateAsync();
        var log = new ListLogger();
        var (a, b) = (LocksOf(schema, logger: log), LocksOf(schema));
        var (key, another) = (Sessions.NewKey(), Sessions.NewKey());
        var lease = await TakeAsync(a, key);
        var second = await TakeAsync(a, another);

        await schema.ExecuteAsync($"select pg_terminate_backend(pid, 5000) from pg_locks where {Ours}");
        await using var onB = await TakeAsync(b, key);
        await lease.DisposeAsync();

        Assert.True(lease.IsLost && second.IsLost);
        Assert.Contains("2 sessions", Assert.Single(log.Lines, line => line.Id.Id == 2010).Text, StringComparison.Ordinal);
        Assert.Equal(SessionLockAttempt.Busy, await a.TryAcquireAsync(key, default));

        // A lease of the lost connection releases nothing of the new one.
        await second.DisposeAsync();
        await using var again = await TakeAsync(a, another);
        Assert.Equal(2, await CountAsync(schema));
    }

    [Fact]
    public async Task A_connection_that_was_killed_while_nobody_held_anything_is_opened_anew_and_nobody_notices()
    {
        await using var schema = await TestSchema.CreateAsync();
        var locks = LocksOf(schema);
        await using var lease = await TakeAsync(locks, Sessions.NewKey());
        await schema.ExecuteAsync($"select pg_terminate_backend(pid, 5000) from pg_locks where {Ours}");

        await using var next = await TakeAsync(locks, Sessions.NewKey());

        Assert.True(lease.IsLost);
        Assert.False(next.IsLost);
    }

    [Fact]
    public async Task A_server_that_restarts_fails_the_attempts_meanwhile_and_serves_those_after()
    {
        await using var server = await StartServerAsync();
        await using var store = new PostgresBackingStore(new PostgresSessionOptions { ConnectionString = server.ConnectionString }, NullLogger.Instance);
        await using var other = new PostgresBackingStore(new PostgresSessionOptions { ConnectionString = server.ConnectionString }, NullLogger.Instance);
        var (a, b) = (store.CreateLocks(TimeProvider.System), other.CreateLocks(TimeProvider.System));
        var key = Sessions.NewKey();
        var lease = await TakeAsync(a, key);

        await server.StopAsync(immediate: true);
        var failure = await Assert.ThrowsAsync<BackingStoreException>(async () => await b.TryAcquireAsync(key, default));
        await Assert.ThrowsAsync<BackingStoreException>(async () => await a.TryAcquireAsync(Sessions.NewKey(), default));
        await server.StartAgainAsync();

        Assert.True(failure.IsTransient);
        Assert.True(lease.IsLost);
        await using var again = await TakeAsync(b, key);
        Assert.Equal(SessionLockAttempt.Busy, await a.TryAcquireAsync(key, default));
    }

    [Fact]
    public async Task Schemas_of_one_database_do_not_share_locks()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var elsewhere = await TestSchema.CreateAsync();
        var key = Sessions.NewKey();

        await using var lease = await TakeAsync(LocksOf(schema), key);
        await using var other = await TakeAsync(LocksOf(elsewhere), key);

        Assert.NotEqual(new LockNumbers("a").Of(key), new LockNumbers("b").Of(key));
        Assert.Equal(new LockNumbers("a").Of(key), new LockNumbers("a").Of(key));
    }

    [Fact]
    public async Task The_connection_of_a_pool_goes_back_without_its_locks()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var pooled = NpgsqlDataSource.Create(schema.ConnectionString + ";Maximum Pool Size=3;No Reset On Close=true");
        var locks = schema.CreateStore(o => (o.ConnectionString, o.DataSource) = (null, pooled)).CreateLocks(TimeProvider.System);
        await TakeAsync(locks, Sessions.NewKey());

        await locks.DisposeAsync();

        Assert.Equal(0, await CountAsync(schema));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await locks.TryAcquireAsync(Sessions.NewKey(), default));
    }

    [Fact]
    public async Task Behind_a_pooler_there_are_no_locks_unless_there_is_a_direct_way_beside_it()
    {
        var bouncer = await PgBouncer.GetAsync();
        await using var schema = await TestSchema.CreateAsync();
        var through = bouncer.Through(schema.ConnectionString);
        var none = schema.CreateStore(o => o.ConnectionString = through).CreateLocks(TimeProvider.System);
        var direct = schema.CreateStore(o => (o.ConnectionString, o.ListenConnectionString) = (through, schema.ConnectionString)).CreateLocks(TimeProvider.System);

        var first = await none.TryAcquireAsync(Sessions.NewKey(), default);
        var second = await none.TryAcquireAsync(Sessions.NewKey(), default);
        await using var lease = await TakeAsync(direct, Sessions.NewKey());

        Assert.StartsWith("A connection pooler stands before PostgreSQL. Set ListenConnectionString", first.Obstacle, StringComparison.Ordinal);
        Assert.Equal(first, second);
    }

    private const string Ours = "locktype = 'advisory' and objsubid = 2";

    private static PostgresSessionLocks LocksOf(TestSchema schema, Action<PostgresSessionOptions>? configure = null, ListLogger? logger = null) =>
        schema.CreateStore(configure, logger).CreateLocks(TimeProvider.System);

    private static async Task<ISessionLockLease> TakeAsync(PostgresSessionLocks locks, SessionKey key)
    {
        var attempt = await locks.TryAcquireAsync(key, TestContext.Current.CancellationToken);
        Assert.NotNull(attempt.Lease);
        return attempt.Lease;
    }

    private static async Task<ISessionLockLease> UntilTakenAsync(PostgresSessionLocks locks, SessionKey key)
    {
        while (true)
            if ((await locks.TryAcquireAsync(key, TestContext.Current.CancellationToken)).Lease is { } lease) return lease;
    }

    private static Task<long> CountAsync(TestSchema schema) => schema.ScalarAsync<long>($"select count(*) from pg_locks where {Ours}");

    private static async Task<LocalPostgresServer> StartServerAsync()
    {
        try
        {
            return await LocalPostgresServer.StartAsync(LocalPostgresOptions.ForTests(control: true));
        }
        catch (LocalPostgresException exception) when (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
        {
            Assert.Skip(exception.Message);
            throw;
        }
    }
}
