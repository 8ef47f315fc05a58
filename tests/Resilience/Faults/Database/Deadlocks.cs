using HybridSession.LocalPostgres;
using Npgsql;

namespace HybridSession.Resilience.Faults.Database;

/// <summary>Another application locks rows of sessions in the other order, so that it and a flush wait for each other; the flush is the one that the server gives up.</summary>
internal sealed class Deadlocks(LocalPostgresServer server, string connectionString) : IFault
{
    private readonly Reverse _reverse = new(connectionString);

    public int Times { get; private set; }

    public async Task StartAsync()
    {
        await server.ConfigureAsync("deadlock_timeout", "100ms");
        await _reverse.StartAsync();
    }

    public async Task HealAsync()
    {
        // What a backend counted is added up when it is idle, and no single pass over the rows is sure to bring one about: until there was one.
        await Until.TrueAsync(async () => await CountAsync() > 0, "A deadlock", TimeSpan.FromSeconds(120));
        await _reverse.HealAsync();
        await server.ConfigureAsync("deadlock_timeout", null);
        Times = await CountAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _reverse.DisposeAsync();
        await server.ConfigureAsync("deadlock_timeout", null);
    }

    private async Task<int> CountAsync() => (int)await Sql.ScalarAsync<long>(connectionString, "select deadlocks from pg_stat_database where datname = current_database()");

    private sealed class Reverse(string connectionString) : RepeatedFault
    {
        private const int PassesInARow = 5;

        // A site that has met locked rows looks for them before each flush, and then runs into no deadlock, until it has met none for 5 s.
        private static readonly TimeSpan UntilForgotten = TimeSpan.FromSeconds(6);

        protected override async Task RepeatAsync(CancellationToken stop)
        {
            await using var connection = await Sql.OpenAsync(connectionString);
            await connection.ExecuteAsync("set deadlock_timeout = '1min'; set client_min_messages = warning");
            for (var pass = 1; await PauseAsync(pass % PassesInARow == 0 ? UntilForgotten : TimeSpan.FromMilliseconds(20), stop); pass++)
            {
                await connection.ExecuteAsync("""
                    do $$
                    declare firsts text[];
                    begin
                        select array_agg(k.session_key) into firsts from (select session_key, row_number() over (order by session_key) as place from session) k where k.place % 2 = 0;
                        perform 1 from session where session_key = any(firsts) order by session_key desc for update;
                        for i in 1..100 loop
                            exit when exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)));
                            perform pg_sleep(0.005);
                        end loop;
                        perform 1 from session order by session_key desc for update;
                    end $$;
                    """);
                Count();
            }
        }
    }
}
