namespace HybridSession.LocalPostgres;

/// <summary>The server that the environment names: used as it is, never controlled.</summary>
internal sealed class GivenInstance(string connectionString) : PostgresInstance
{
    public override PostgresWay Way => PostgresWay.Given;

    public override string Description => $"the server that {LocalPostgresOptions.Variable} names";

    public override string ConnectionString { get; } = ConnectionUri.ToKeywords(connectionString);

    public override bool CanControl => false;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
