using HybridSession.LocalPostgres;
using Npgsql;

namespace Storefront;

/// <summary>The shop's PostgreSQL: the configured one, or a private one whose data are kept between runs.</summary>
internal sealed class ShopDatabase : IAsyncDisposable
{
    private readonly LocalPostgresServer? _server;
    private readonly NpgsqlDataSource _lookups;

    private ShopDatabase(string connectionString, LocalPostgresServer? server)
    {
        ConnectionString = connectionString;
        _server = server;

        // A page should not wait long for a line of its footer.
        _lookups = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionUri.ToKeywords(connectionString))
        {
            Timeout = 1,
            CommandTimeout = 1,
            CancellationTimeout = -1,
            MaxPoolSize = 2,
            ApplicationName = "storefront footer",
        });
    }

    public string ConnectionString { get; }

    public static async Task<ShopDatabase> OpenAsync(IConfiguration configuration)
    {
        if (configuration.GetConnectionString("HybridSession") is { Length: > 0 } configured) return new ShopDatabase(configured, null);
        try
        {
            var server = await LocalPostgresServer.StartAsync(LocalPostgresOptions.ForSample("hybridsession-storefront"), Console.WriteLine);
            return new ShopDatabase(server.ConnectionString, server);
        }
        catch (LocalPostgresException e)
        {
            Console.Error.WriteLine(e.Message);
            Environment.Exit(1);
            throw;
        }
    }

    /// <summary>Looks for a session's row as an operator would; null when there is none.</summary>
    /// <param name="publicId"><c>ISession.Id</c>, which is how the key begins.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public async Task<string?> FindKeyAsync(string publicId, CancellationToken cancellationToken)
    {
        await using var command = _lookups.CreateCommand("select session_key from session where session_key >= $1::bpchar and session_key < $2::bpchar limit 1");
        command.Parameters.Add(new() { Value = publicId });
        command.Parameters.Add(new() { Value = publicId + "g" });
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    /// <summary>Tells the person at the terminal where to look.</summary>
    public void Announce(IEnumerable<string> urls)
    {
        Console.WriteLine();
        Console.WriteLine($"  The shop is open:   {string.Join("  ", urls)}");
        Console.WriteLine($"  PostgreSQL:         {_server?.Description ?? "the configured connection string"}");
        if (_server is not null)
        {
            var password = _server.PasswordFile is { } file ? $"PGPASSWORD=$(cat {file}) " : "";
            Console.WriteLine($"  Look at the table:  {password}{_server.PsqlCommand} -c 'select session_key, session_version, session_expiry, length(session_data) from session'");
        }

        Console.WriteLine();
    }

    public async ValueTask DisposeAsync()
    {
        await _lookups.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }
}
