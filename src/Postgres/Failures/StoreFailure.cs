using Npgsql;

namespace HybridSession.Postgres.Failures;

/// <summary>Makes the one <see cref="BackingStoreException"/> of a failed call. The messages hold no key, no payload, no password: server texts that may quote values are left in the cause.</summary>
internal static class StoreFailure
{
    /// <param name="action">What was attempted, such as <c>Flushing 412 sessions</c>.</param>
    /// <param name="exception">The cause.</param>
    /// <param name="outcomeUnknown">True when rows may have changed all the same.</param>
    public static BackingStoreException Wrap(string action, Exception exception, bool outcomeUnknown)
    {
        var failure = SqlStateClassifier.Classify(exception);
        var outcome = outcomeUnknown ? " Whether it was stored is not known." : "";
        return new BackingStoreException($"{action} failed: {Describe(exception)}{outcome} {Advise(failure)}", failure, outcomeUnknown, exception);
    }

    /// <summary>What was met, as the end of a sentence that stands behind a colon.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        // Only the texts of errors that name tables, roles and limits; those of data errors may quote a value.
        PostgresException { SqlState: var state } when SqlStateClassifier.Classify(state) == BackingStoreFailure.Data => $"PostgreSQL refused the data (SQLSTATE {state}{NameOf(exception)}).",
        PostgresException postgres => $"PostgreSQL answered \"{postgres.MessageText}\" (SQLSTATE {postgres.SqlState}).",
        _ when SqlStateClassifier.IsPoolExhausted(exception) => "the connection pool of this process is exhausted.",
        _ when SqlStateClassifier.Find<TimeoutException>(exception) is not null => "PostgreSQL did not answer in time.",
        _ => "the connection to PostgreSQL was lost or could not be made.",
    };

    // A name is not data.
    private static string NameOf(Exception exception) => exception is PostgresException { ConstraintName: { Length: > 0 } name } ? $", constraint \"{name}\"" : "";

    private static string Advise(BackingStoreFailure failure) => failure switch
    {
        BackingStoreFailure.WrongServer => "The server takes no writes; the connections are opened anew. With several hosts set Target Session Attributes=primary.",
        BackingStoreFailure.Setup => "An operator must act: check the tables, the privileges of the role and the credentials; a restart repeats the checks of the start.",
        BackingStoreFailure.Data => "The same data cannot succeed before the cause is mended.",
        BackingStoreFailure.LocalPressure => "Raise Maximum Pool Size, or give the sessions a connection string of their own.",
        _ => "It may be repeated.",
    };
}
