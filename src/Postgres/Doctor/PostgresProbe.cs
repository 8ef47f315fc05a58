using System.Globalization;
using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Failures;
using HybridSession.Postgres.Schema;
using Npgsql;

namespace HybridSession.Postgres.Doctor;

/// <summary>Looks at the server, the connection and the table, over a connection of its own. Only reads.</summary>
internal sealed class PostgresProbe(
    PostgresSessionOptions options, SessionEngineOptions engine, NpgsqlDataSource dataSource, SqlScripts sql, Func<int> openConnections, NodesProbe? nodes, TimeProvider time) : IStartupProbe
{
    private const int RoundTrips = 5;

    public async ValueTask<IReadOnlyList<ProbeFinding>> ExamineAsync(CancellationToken cancellationToken)
    {
        DedicatedConnection connection;
        try
        {
            connection = await DedicatedConnection.OpenAsync(dataSource, sql, options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return [Unreachable(StartupFailure.Of(exception, ConnectionTarget.Of(dataSource), options.Schema))];
        }

        await using (connection.ConfigureAwait(false))
        {
            return await ExamineAsync(connection, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<ProbeFinding>> ExamineAsync(DedicatedConnection connection, CancellationToken cancellationToken)
    {
        var target = ConnectionTarget.Of(dataSource);
        var settings = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
        var host = connection.Connection.Host ?? "";
        var server = string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{connection.Connection.Port}");
        var version = connection.Connection.PostgreSqlVersion;
        if (StoreStart.RefusalOf(version, connection.IsReadOnly, server) is { } refusal) return [ProbeFinding.Failed("server", refusal.Message, null)];

        var roundTrip = await MeasureAsync(connection, cancellationToken).ConfigureAwait(false);
        var facts = await ServerFacts.ReadAsync(connection, sql, options.Schema, time, cancellationToken).ConfigureAwait(false);
        var state = await SchemaState.ReadAsync(connection.Connection, sql, options.Schema, cancellationToken).ConfigureAwait(false);
        var findings = new List<ProbeFinding>
        {
            ServerFindings.Server(version.ToString(), server, target.Database, target.User, roundTrip, engine.MaxDirtyAge),
            EncryptionFinding.Of(settings.Host ?? "", target.SslMode, connection.IsPooled, facts.IsEncrypted, facts.TlsVersion),
            ServerFindings.Pooler(connection.IsPooled),
            SchemaFindings.Schema(state, sql.Schema),
        };
        // Without its table there is nothing more to say about it.
        if (findings[^1].Status == ProbeStatus.Failed) return findings;

        findings.Add(SchemaFindings.Privileges(state, facts.MayUseTemporaryTables, options.MayUseCopy(engine.FlushBatchSize)));
        findings.AddRange(ServerFindings.Of(facts, sql.Table, CountWanted(settings.MaxPoolSize)));
        if (nodes is not null) findings.AddRange(await nodes.ExamineAsync(cancellationToken).ConfigureAwait(false));
        return findings;
    }

    private int CountWanted(int maxPoolSize)
    {
        var lanes = ConnectionLane.MaxWriters + ConnectionLane.MaxLoaders + (nodes is null ? 0 : ConnectionLane.MaxSenders);
        return Math.Max(0, Math.Min(lanes, maxPoolSize) - openConnections()) + (nodes?.WantedConnections ?? 0);
    }

    private static ProbeFinding Unreachable(StartupFailure failure) => failure.Class == BackingStoreFailure.LocalPressure
        ? ProbeFinding.Warning("server", "It was not looked at: no connection of the pool was free.", failure.Message)
        : ProbeFinding.Failed("server", failure.Message, null);

    // The best of some: the first one pays for what is set up on the way.
    private static async Task<TimeSpan> MeasureAsync(DedicatedConnection connection, CancellationToken cancellationToken)
    {
        var best = TimeSpan.MaxValue;
        var command = new NpgsqlCommand("select 1", connection.Connection);
        await using (command.ConfigureAwait(false))
        {
            for (var i = 0; i < RoundTrips; i++)
            {
                var started = TimeProvider.System.GetTimestamp();
                await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
                var taken = TimeProvider.System.GetElapsedTime(started);
                if (taken < best) best = taken;
            }
        }
        return best;
    }
}
