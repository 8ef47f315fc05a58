using System.Globalization;

namespace HybridSession.Resilience.Faults.Database;

/// <summary>An administrator says something to the database, and later takes it back.</summary>
internal sealed class StatementFault : IFault
{
    private readonly string _connectionString;
    private readonly string _start;
    private readonly string _heal;
    private bool _isActive;

    private StatementFault(string connectionString, string start, string heal) => (_connectionString, _start, _heal) = (connectionString, start, heal);

    /// <summary>Each change of a row takes so long.</summary>
    public static StatementFault SlowRows(string connectionString, TimeSpan eachRow) => new(
        connectionString,
        string.Create(CultureInfo.InvariantCulture, $"""
            create or replace function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep({eachRow.TotalSeconds}); return new; end $$;
            create trigger dawdle before insert or update of session_data on session for each row execute function dawdle();
            """),
        "drop trigger dawdle on session");

    /// <summary>The table goes by another name.</summary>
    public static StatementFault TableRenamed(string connectionString) => new(
        connectionString, "alter table session rename to session_away", "alter table session_away rename to session");

    /// <summary>The table is dropped, and restored from a copy that was taken just before.</summary>
    public static StatementFault TableReplaced(string connectionString) => new(
        connectionString,
        """
        begin;
        lock table session in access exclusive mode;
        create table session_copy (like session including all);
        insert into session_copy select * from session;
        drop table session;
        commit;
        """,
        """
        begin;
        alter table session_copy rename to session;
        create trigger note after insert or update of session_data, session_version or delete on session for each row execute function note();
        commit;
        """);

    /// <summary>The site's role may no longer read or change the table.</summary>
    public static StatementFault PrivilegesRevoked(string connectionString, SiteRole role) => new(
        connectionString, $"revoke all on session from {role.Name}", $"grant all on session to {role.Name}");

    /// <summary>The password of the site's role is another one; its connections are ended, so that it needs the password again.</summary>
    public static StatementFault PasswordChanged(string connectionString, SiteRole role) => new(
        connectionString, $"alter role {role.Name} password 'another'; select pg_terminate_backend(pid) {Sql.SiteBackends}", role.RestorePassword);

    public async Task StartAsync()
    {
        await Sql.ExecuteAsync(_connectionString, _start);
        _isActive = true;
    }

    public async Task HealAsync()
    {
        await Sql.ExecuteAsync(_connectionString, _heal);
        _isActive = false;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isActive) await HealAsync();
    }
}
