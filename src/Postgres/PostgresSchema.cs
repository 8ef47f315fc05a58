using System.Globalization;
using System.Text;
using HybridSession.Postgres.Schema;

namespace HybridSession.Postgres;

/// <summary>The tables as a script, for those who run DDL by hand.</summary>
public static class PostgresSchema
{
    /// <summary>Everything that <see cref="SchemaMode.Create"/> would do in an empty database, as one transaction for psql.</summary>
    /// <param name="schema">The schema of the tables; created when it is missing.</param>
    /// <exception cref="ArgumentException">PostgreSQL cannot take the name.</exception>
    public static string GetScript(string schema = "public")
    {
        ArgumentNullException.ThrowIfNull(schema);
        return GetScript(schema, Migration.All);
    }

    /// <summary>The script for some of the migrations. What is there already is only entered in the journal.</summary>
    internal static string GetScript(string schema, IReadOnlyList<Migration> migrations, Func<Migration, bool>? isThere = null)
    {
        var script = new StringBuilder();
        script.Append("begin;\n\n");
        script.Append(CultureInfo.InvariantCulture, $"create schema if not exists {PgIdentifier.Quote(schema)};\n\n");
        script.Append(SqlScripts.Fill(SqlScripts.ReadRaw("HybridSession.Postgres.Sql.create_journal.sql"), schema)).Append('\n');
        foreach (var migration in migrations)
        {
            if (isThere is null || !isThere(migration)) script.Append(SqlScripts.Fill(migration.Script, schema)).Append('\n');
            script.Append(GetJournalLine(schema, migration)).Append('\n');
        }
        return script.Append("commit;\n").ToString();
    }

    /// <summary>The script that makes the current table of a hand-made one, and all that came later.</summary>
    internal static string GetUpgradeScript(string schema)
    {
        var first = Migration.All[0];
        return "begin;\n\n"
            + SqlScripts.Fill(SqlScripts.ReadRaw("HybridSession.Postgres.Sql.create_journal.sql"), schema) + "\n"
            + SqlScripts.Fill(SqlScripts.ReadRaw("HybridSession.Postgres.Sql.upgrade_origin_table.sql"), schema) + "\n"
            + GetJournalLine(schema, first) + "\n"
            + string.Concat(Migration.All.Skip(1).Select(later => SqlScripts.Fill(later.Script, schema) + "\n" + GetJournalLine(schema, later) + "\n"))
            + "commit;\n";
    }

    private static string GetJournalLine(string schema, Migration migration) => string.Create(CultureInfo.InvariantCulture, $"""
        insert into {PgIdentifier.Quote(schema)}.hybridsession_migration (number, name, checksum, breaking, duration)
        values ({migration.Number}, '{migration.Name}', '{migration.Checksum}', {(migration.IsBreaking ? "true" : "false")}, clock_timestamp() - now())
        on conflict (number) do nothing;

        """).ReplaceLineEndings("\n");
}
