using HybridSession.LocalPostgres;

namespace HybridSession.Resilience.Faults.Server;

/// <summary>
/// No space is left for the table: SQLSTATE 53100, while the server's log goes on. The disk is a limit on the size of files, just above that of the table, which is
/// first packed without gaps and made larger than a segment of the log. No mount is needed for that.
/// </summary>
internal sealed class DataDiskFull(LocalPostgresServer server, string connectionString) : IFault
{
    private const long SegmentBytes = 16 * 1024 * 1024;
    private const int PageBytes = 8 * 1024;
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(400);

    public async Task StartAsync()
    {
        await Sql.ExecuteAsync(connectionString, $"""
            alter table session set (fillfactor = 100, autovacuum_enabled = off);
            alter table session disable trigger user;
            insert into session (session_key, session_data, session_expiry, session_version)
            select encode(sha256(i::text::bytea), 'hex'), decode(repeat('00', 60), 'hex'), now() + interval '1 day', 1
            from generate_series(1, {SegmentBytes / 150}) i;
            alter table session enable trigger user;
            """);
        await Sql.ExecuteAsync(connectionString, "vacuum full session");

        // Nobody else may make the table larger between the look and the limit.
        await using (var connection = await Sql.OpenAsync(connectionString))
        {
            await connection.ExecuteAsync("begin; lock table session in share row exclusive mode");
            var size = await Sql.ScalarAsync<long>(connectionString, "select pg_relation_size('session')");
            Assert.True(size > SegmentBytes, $"The table has {size} bytes, less than a segment of the log: the limit would stop that.");
            await server.LimitFilesAsync(size + (PageBytes / 2));
        }

        // Old versions of rows leave room for new ones, so one filling is not enough.
        await Until.TrueAsync(async () =>
        {
            await FillAsync();
            var before = await WritesAsync();
            await Task.Delay(Quiet);
            return await WritesAsync() == before;
        }, "The disk to be full for everybody", TimeSpan.FromSeconds(30));
    }

    public Task HealAsync() => server.LimitFilesAsync(null);

    public async ValueTask DisposeAsync() => await server.LimitFilesAsync(null);

    private Task<long> WritesAsync() => Sql.ScalarAsync<long>(connectionString, "select count(*) from audit where new_version > 1");

    private Task FillAsync() => Sql.ExecuteAsync(connectionString, """
        begin;
        lock table session in share row exclusive mode;
        select sum(session_version) from session;
        do $$
        begin
            loop
                begin
                    insert into session (session_key, session_data, session_expiry, session_version)
                    values (encode(sha256(gen_random_uuid()::text::bytea), 'hex'), '', now() + interval '1 day', 1);
                exception when disk_full then
                    return;
                end;
            end loop;
        end $$;
        commit;
        """);
}
