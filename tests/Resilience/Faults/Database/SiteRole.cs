using System.Security.Cryptography;
using HybridSession.Resilience.Site;
using Npgsql;

namespace HybridSession.Resilience.Faults.Database;

/// <summary>A role for the site that is no superuser, as in production: what it lacks can be taken from it.</summary>
internal sealed class SiteRole
{
    private readonly string _password = Convert.ToHexString(RandomNumberGenerator.GetBytes(8));

    public string Name { get; } = $"site_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";

    /// <summary>As this role, to the same database.</summary>
    public string Use(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Username = Name, Password = _password }.ConnectionString;

    /// <summary>Creates the role and lets the site come as it.</summary>
    public SiteSettings Enter(SiteSettings settings)
    {
        using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand($"create role {Name} login password '{_password}'; grant all on schema public to {Name}", connection);
        command.ExecuteNonQuery();
        return settings with { ConnectionString = Use(settings.ConnectionString) };
    }

    /// <summary>The statement that gives the role its own password again.</summary>
    public string RestorePassword => $"alter role {Name} password '{_password}'";
}
