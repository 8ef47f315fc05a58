using HybridSession.Postgres.Schema;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace HybridSession.Postgres.Tests;

/// <summary>A schema of its own for one test, dropped afterwards, and stores on it.</summary>
internal sealed class TestSchema : IAsyncDisposable
{
    private static int _count;

    private readonly List<IAsyncDisposable> _stores = [];

    private TestSchema(string name, string connectionString, NpgsqlConnection admin) => (Name, ConnectionString, Admin) = (name, connectionString, admin);

    public string Name { get; }

    public string Quoted => PgIdentifier.Quote(Name);

    public string ConnectionString { get; }

    /// <summary>A connection of the superuser, for arranging and looking.</summary>
    public NpgsqlConnection Admin { get; }

    public static async Task<TestSchema> CreateAsync(string? name = null)
    {
        name ??= $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}";
        var schema = new TestSchema(name, await PostgresFixture.GetConnectionStringAsync(), await PostgresFixture.OpenAsync());
        await schema.DropAsync();
        return schema;
    }

    public PostgresBackingStore CreateStore(Action<PostgresSessionOptions>? configure = null, ILogger? logger = null)
    {
        var options = new PostgresSessionOptions { ConnectionString = ConnectionString, Schema = Name };
        configure?.Invoke(options);
        var store = new PostgresBackingStore(options, logger ?? NullLogger.Instance);
        _stores.Add(store);
        return store;
    }

    public async Task<PostgresBackingStore> StartStoreAsync(Action<PostgresSessionOptions>? configure = null, ILogger? logger = null)
    {
        var store = CreateStore(configure, logger);
        await store.InitializeAsync(default);
        return store;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, Admin);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = new NpgsqlCommand(sql, Admin);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public Task DropAsync() => ExecuteAsync("set client_min_messages = warning; " + (Name == "public"
        ? "drop table if exists public.session, public.session_quarantine, public.hybridsession_migration"
        : $"drop schema if exists {Quoted} cascade"));

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
        await DropAsync();
        await Admin.DisposeAsync();
    }
}
