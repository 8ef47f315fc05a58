using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HybridSession.Postgres.Schema;

/// <summary>One numbered change of the schema, an embedded file <c>Sql/Migrations/NNNN_name.sql</c>. An applied file never changes; the checksum in the journal would tell.</summary>
/// <param name="Number">Its place.</param>
/// <param name="Name">What it does.</param>
/// <param name="Script">The text, with the placeholder of the schema and line feeds as line ends.</param>
internal sealed record Migration(int Number, string Name, string Script)
{
    private const string Prefix = "HybridSession.Postgres.Sql.Migrations.";

    /// <summary>All migrations of this version, by number.</summary>
    public static readonly IReadOnlyList<Migration> All =
    [
        .. typeof(Migration).Assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(static name => Read(name))
            .OrderBy(static migration => migration.Number),
    ];

    /// <summary>SHA-256 of the script, in hexadecimal digits; the same whatever line ends the file was checked out with.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Script)));

    /// <summary>True when older versions of this product cannot live with it: its first line is <c>-- breaking</c>.</summary>
    public bool IsBreaking => Script.StartsWith("-- breaking\n", StringComparison.Ordinal);

    private static Migration Read(string resource)
    {
        var name = resource[Prefix.Length..^".sql".Length];
        return new Migration(int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name[5..], SqlScripts.ReadRaw(resource));
    }
}

/// <summary>A line of the journal.</summary>
internal sealed record AppliedMigration(int Number, string Name, string Checksum, bool IsBreaking);
