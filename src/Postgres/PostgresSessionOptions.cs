using Npgsql;

namespace HybridSession.Postgres;

/// <summary>The settings of the PostgreSQL store. Read once at start; a wrong value stops the start, all of them in one message.</summary>
public sealed class PostgresSessionOptions
{
    /// <summary>Where the database is: a URI (<c>postgres://user:password@host/database?sslmode=require</c>) or Npgsql keywords (<c>Host=host;Database=database;Username=user;Password=password</c>).</summary>
    /// <value>Required, unless <see cref="DataSource"/> is set. There is no default host.</value>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// Where a node listens to the others and locks sessions, when that is not <see cref="ConnectionString"/>: the way to the same database without the connection pooler that stands before it. Takes one connection, and another from the first exclusive request on.
    /// </summary>
    /// <value>Default null: the same as <see cref="ConnectionString"/> or <see cref="DataSource"/>. Written likewise.</value>
    public string? ListenConnectionString { get; set; }

    /// <summary>The application's own data source, used in place of <see cref="ConnectionString"/> and never disposed here.</summary>
    /// <value>Default null.</value>
    public NpgsqlDataSource? DataSource { get; set; }

    /// <summary>The schema of the tables. Created when it is missing and <see cref="SchemaMode"/> is <see cref="SchemaMode.Create"/>.</summary>
    /// <value>Default <c>public</c>. 1 to 63 bytes, any characters; quoted where it is used.</value>
    public string Schema { get; set; } = "public";

    /// <summary>Whether the start makes and migrates the tables, or only checks them.</summary>
    /// <value>Default <see cref="SchemaMode.Create"/>.</value>
    public SchemaMode SchemaMode { get; set; } = SchemaMode.Create;

    /// <summary>How a batch of sessions reaches the server.</summary>
    /// <value>Default <see cref="FlushMethod.Auto"/>.</value>
    public FlushMethod FlushMethod { get; set; } = FlushMethod.Auto;

    /// <summary>The number of sessions in one flush from which <see cref="FlushMethod.Auto"/> takes COPY.</summary>
    /// <value>Default 4,000. Between 1 and 1,000,000.</value>
    public int CopyThreshold { get; set; } = 4_000;

    /// <summary>Payloads above this size travel in statements of their own, in the same transaction: arrays of large values are slower.</summary>
    /// <value>Default 2,048. Between 128 and 1,048,576.</value>
    public int LargeRowBytes { get; set; } = 2_048;

    /// <summary>How long the start goes on trying while the server cannot be reached. Wrong credentials, a missing database and the like fail at once.</summary>
    /// <value>Default 30 seconds. Between 0 and 1 hour.</value>
    public TimeSpan StartupTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the server may work on one statement.</summary>
    /// <value>Default 10 seconds. Between 100 milliseconds and 1 hour.</value>
    public TimeSpan StatementTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a statement waits for a row or table that somebody else has locked. A flush then stores the sessions whose rows are free, and tries the others again later.</summary>
    /// <value>Default 500 milliseconds. Between 10 milliseconds and 1 hour.</value>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether a flush of that many sessions takes COPY.</summary>
    internal bool MayUseCopy(int count) => FlushMethod switch
    {
        FlushMethod.Arrays => false,
        FlushMethod.Copy => true,
        _ => count >= CopyThreshold,
    };

    /// <summary>What was wrong with the configuration section; reported with the other failures.</summary>
    internal List<string> ConfigurationFailures { get; } = [];

    /// <summary>Treats every connection as if a pooler were in between; for tests.</summary>
    internal bool AssumePooler { get; set; }
}
