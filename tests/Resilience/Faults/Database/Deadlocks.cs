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
        await server.ConfigureAsync("deadlock_timeout", "50ms");
        await _reverse.StartAsync();
    }

    public async Task HealAsync()
    {
        // What a backend counted is added up when it is idle. A site that meets locked rows goes around them for a while, which on a busy machine may be most of the time: until there was one.
        await Until.TrueAsync(async () => await CountAsync() > 0, "A deadlock", TimeSpan.FromSeconds(60));
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
        protected override async Task RepeatAsync(CancellationToken stop)
        {
            await using var connection = await Sql.OpenAsync(connectionString);
            await connection.ExecuteAsync("set deadlock_timeout = '1min'; set client_min_messages = warning");
            while (await PauseAsync(TimeSpan.FromMilliseconds(20), stop))
            {
                await connection.ExecuteAsync("""
                    do $$
                    declare k char(64);
                    begin
                        for k in select session_key from session order by session_key desc loop
                            perform 1 from session where session_key = k for update;
                            perform pg_sleep(0.01);
                        end loop;
                    end $$;
                    """);
                Count();
            }
        }
    }
}
