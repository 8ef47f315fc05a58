using HybridSession.Postgres.Schema;
using Npgsql;

namespace HybridSession.Postgres.Tests;

/// <summary>A role that may log in and nothing else; dropped afterwards.</summary>
internal sealed class TestRole : IAsyncDisposable
{
    public const string Password = "S3cr3t-pw";

    private static int _count;

    private readonly TestSchema _schema;
    private readonly string _name;

    private TestRole(TestSchema schema, string name) => (_schema, _name) = (schema, name);

    public string Name => _name;

    public string Quoted => PgIdentifier.Quote(_name);

    public string ConnectionString => new NpgsqlConnectionStringBuilder(_schema.ConnectionString) { Username = _name, Password = Password }.ConnectionString;

    public static async Task<TestRole> CreateAsync(TestSchema schema)
    {
        var role = new TestRole(schema, $"role_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}");
        await schema.ExecuteAsync($"create role {role.Quoted} login password '{Password}'");
        return role;
    }

    public void Use(PostgresSessionOptions options) => options.ConnectionString = ConnectionString;

    public async ValueTask DisposeAsync() => await _schema.ExecuteAsync($"drop owned by {Quoted} cascade; drop role {Quoted}");
}
