using Npgsql;

namespace HybridSession.Resilience.Faults;

/// <summary>What faults do in a database: a connection of its own each time, since the server may go and come in between.</summary>
internal static class Sql
{
    /// <summary>The connections of the site in the database that is connected to.</summary>
    public const string SiteBackends = "from pg_stat_activity where datname = current_database() and application_name like 'HybridSession%'";

    public static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, ApplicationName = "resilience fault" }.ConnectionString);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = await OpenAsync(connectionString);
        await connection.ExecuteAsync(sql);
    }

    public static async Task<T> ScalarAsync<T>(string connectionString, string sql)
    {
        await using var connection = await OpenAsync(connectionString);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public static async Task ExecuteAsync(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Whether the server takes writes.</summary>
    public static async Task<bool> WritesAsync(string connectionString)
    {
        try
        {
            return await ScalarAsync<string>(connectionString, "show transaction_read_only") == "off";
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
