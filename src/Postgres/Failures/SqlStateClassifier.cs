using Npgsql;

namespace HybridSession.Postgres.Failures;

/// <summary>
/// What a failure means. Not Npgsql's <c>IsTransient</c> alone: that calls an exhausted pool transient and a statement time-out permanent.
/// Pure, so that a table tests it.
/// </summary>
internal static class SqlStateClassifier
{
    public static BackingStoreFailure Classify(Exception exception) => exception switch
    {
        PostgresException postgres => Classify(postgres.SqlState),
        _ when IsPoolExhausted(exception) => BackingStoreFailure.LocalPressure,
        _ when FindPostgres(exception) is { } inner => Classify(inner.SqlState),
        _ when Find<TimeoutException>(exception) is not null => BackingStoreFailure.Timeout,
        _ => BackingStoreFailure.Transient,
    };

    /// <summary>The class of a code; see the PostgreSQL manual, appendix A.</summary>
    public static BackingStoreFailure Classify(string sqlState) => sqlState switch
    {
        // read_only_sql_transaction, cannot_connect_now
        "25006" or "57P03" => BackingStoreFailure.WrongServer,
        // undefined_table, undefined_column, undefined_function, invalid_schema_name, insufficient_privilege, invalid_catalog_name
        "42P01" or "42703" or "42883" or "3F000" or "42501" or "3D000" => BackingStoreFailure.Setup,
        _ when sqlState.StartsWith("28", StringComparison.Ordinal) => BackingStoreFailure.Setup,
        // query_canceled: by the statement time-out, since a wait that the caller gave up is no failure
        "57014" => BackingStoreFailure.Timeout,
        // data_exception, integrity_constraint_violation, program_limit_exceeded, cardinality_violation; raise_exception is how a trigger refuses a row
        "21000" or "P0001" => BackingStoreFailure.Data,
        _ when sqlState.StartsWith("22", StringComparison.Ordinal) || sqlState.StartsWith("23", StringComparison.Ordinal) || sqlState.StartsWith("54", StringComparison.Ordinal) => BackingStoreFailure.Data,
        _ => BackingStoreFailure.Transient,
    };

    /// <summary>
    /// True when what was sent may have been committed although it failed here: the answer was lost, or the server ended the connection (a FATAL that
    /// arrives after a local commit looks like one that arrived before), or it says itself that it does not know. An ordinary error was rolled back.
    /// </summary>
    public static bool IsOutcomeUnknown(Exception exception) =>
        FindPostgres(exception) is not { } postgres
        || postgres.SqlState is "40003" or "08007"
        || postgres.InvariantSeverity is "FATAL" or "PANIC";

    /// <summary>True when the pool of this process had no connection left, which says nothing about the server.</summary>
    public static bool IsPoolExhausted(Exception exception) =>
        exception is NpgsqlException { InnerException: TimeoutException } && exception.Message.Contains("pool has been exhausted", StringComparison.Ordinal);

    /// <summary>The server's own answer among the causes, if there was one.</summary>
    public static PostgresException? FindPostgres(Exception exception) => Find<PostgresException>(exception);

    /// <summary>The first failure of the given kind among the exception and its causes, those of several hosts included.</summary>
    public static T? Find<T>(Exception? exception) where T : Exception => exception switch
    {
        null => null,
        T found => found,
        AggregateException several => several.InnerExceptions.Select(Find<T>).FirstOrDefault(static e => e is not null),
        _ => Find<T>(exception.InnerException),
    };
}
