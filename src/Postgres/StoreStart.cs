using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Failures;
using HybridSession.Postgres.Schema;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HybridSession.Postgres;

/// <summary>
/// What happens once, before the first session: connect (patiently, when the server is only not up yet), check the server, then the schema.
/// Every failure is one sentence of what is wrong and one of what to change.
/// </summary>
internal sealed class StoreStart(PostgresSessionOptions options, NpgsqlDataSource dataSource, SqlScripts sql, ILogger logger)
{
    /// <summary>The oldest PostgreSQL that scans ranges of pages, which pruning needs.</summary>
    private const int OldestVersion = 14;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    private readonly ConnectionTarget _target = ConnectionTarget.Of(dataSource);

    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        var delay = FirstDelay;
        for (var attempt = 1; ; attempt++)
        {
            StartupFailure failure;
            try
            {
                await TryStartAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (exception is not ObjectDisposedException)
            {
                if (cancellationToken.IsCancellationRequested) throw new OperationCanceledException("The start was cancelled.", exception, cancellationToken);
                failure = StartupFailure.Of(exception, _target, options.Schema);
            }

            var waited = TimeProvider.System.GetElapsedTime(started);
            if (!failure.MayPass || waited + delay > options.StartupTimeout) throw failure.ToException(attempt, waited);

            // Nodes that were started together should not knock together.
            var jittered = delay * (0.5 + Random.Shared.NextDouble());
            Log.StartRetried(logger, attempt, failure.Message, jittered.TotalSeconds);
            await Task.Delay(jittered, cancellationToken).ConfigureAwait(false);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    /// <summary>Why a server cannot hold sessions; null when it can.</summary>
    public static BackingStoreException? RefusalOf(Version version, bool isReadOnly, string server)
    {
        if (version.Major < OldestVersion)
            return new BackingStoreException($"The server at {server} is PostgreSQL {version}; version {OldestVersion} or later is needed. Update it, or set another host.", BackingStoreFailure.Setup, false, null);
        return isReadOnly
            ? new BackingStoreException($"PostgreSQL at {server} takes no writes: it is a standby, or its default_transaction_read_only is on. List all servers and set Target Session Attributes=primary.", BackingStoreFailure.WrongServer, false, null)
            : null;
    }

    private async Task TryStartAsync(CancellationToken cancellationToken)
    {
        var dedicated = await DedicatedConnection.OpenAsync(dataSource, sql, options, cancellationToken).ConfigureAwait(false);
        await using (dedicated.ConfigureAwait(false))
        {
            var version = dedicated.Connection.PostgreSqlVersion;
            if (RefusalOf(version, dedicated.IsReadOnly, _target.Server) is { } refusal) throw refusal;

            await new SchemaSetup(options, sql, _target, logger).RunAsync(dedicated.Connection, cancellationToken).ConfigureAwait(false);
            Log.Ready(logger, sql.Table, _target.Database, _target.Server, version.ToString());
        }
    }
}
