using System.Diagnostics;
using System.Globalization;
using HybridSession.LocalPostgres;
using HybridSession.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace HybridSession.Bench.Micro.Database;

/// <summary>The PostgreSQL server of this process: the one that <c>HYBRIDSESSION_POSTGRES</c> names, or a throw-away cluster with durability as PostgreSQL ships it, on.</summary>
internal static class BenchPostgres
{
    // The tables fit into memory, and no checkpoint falls into a run: both would hit some methods and not others.
    private static readonly LocalPostgresOptions Options = new() { Settings = ["shared_buffers = 512MB", "max_wal_size = 8GB", "checkpoint_timeout = 1h"] };

    private static readonly string[] ToldSettings =
    [
        "fsync", "synchronous_commit", "full_page_writes", "wal_level", "wal_sync_method", "shared_buffers", "max_wal_size", "checkpoint_timeout", "autovacuum",
    ];

    private static readonly Lazy<Task<LocalPostgresServer>> Server = new(() => LocalPostgresServer.StartAsync(Options, Console.WriteLine));

    public static async Task<string> ConnectionStringAsync() => (await Server.Value).ConnectionString;

    /// <summary>A store in an empty schema of its own.</summary>
    public static async Task<PostgresBackingStore> CreateStoreAsync(string schema, FlushMethod method)
    {
        var store = new PostgresBackingStore(new PostgresSessionOptions { ConnectionString = await ConnectionStringAsync(), Schema = schema, FlushMethod = method }, NullLogger.Instance);
        await store.InitializeAsync(CancellationToken.None);
        return store;
    }

    public static async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(await ConnectionStringAsync());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>One line on the server, its settings, and what a commit costs on its disk.</summary>
    public static async Task<string> DescribeAsync()
    {
        await using var connection = new NpgsqlConnection(await ConnectionStringAsync());
        await connection.OpenAsync();
        var settings = new List<string>();
        foreach (var name in ToldSettings) settings.Add($"{name} = {await ScalarAsync($"show {name}")}");
        var commits = new double[101];
        for (var i = 0; i < commits.Length; i++)
        {
            // A record in the WAL and nothing else: the commit waits for it.
            var started = Stopwatch.GetTimestamp();
            await ScalarAsync("select pg_logical_emit_message(true, 'bench', 'x')");
            commits[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        Array.Sort(commits);
        var version = await ScalarAsync("show server_version");
        return string.Create(CultureInfo.InvariantCulture,
            $"PostgreSQL {version}; {string.Join(", ", settings)}; a commit of one small record takes {commits[commits.Length / 2]:0.00} ms (median of {commits.Length})");

        async Task<string?> ScalarAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return (await command.ExecuteScalarAsync())?.ToString();
        }
    }

    public static async Task StopAsync()
    {
        if (Server.IsValueCreated) await (await Server.Value).DisposeAsync();
    }
}
