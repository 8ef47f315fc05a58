using System.Diagnostics;
using Npgsql;

namespace HybridSession.Resilience.Scenarios;

/// <summary>C5: a trigger notes every change of a row, so that afterwards the whole life of each can be judged. Also looks at the site's connections.</summary>
internal sealed class AuditTrail(string connectionString)
{
    private const string SiteApplication = "HybridSession";

    // Not pooled: the server may be stopped and started in between.
    private readonly string _connectionString = ToPrimary(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, ApplicationName = "resilience audit" });

    /// <summary>The table must be there: the site makes it at its first start.</summary>
    public Task InstallAsync() => ExecuteAsync("""
        create table audit (
            id bigserial primary key,
            operation text not null,
            session_key text not null,
            old_version bigint,
            new_version bigint,
            digest text
        );
        create function note() returns trigger language plpgsql security definer as $$
        begin
            insert into public.audit (operation, session_key, old_version, new_version, digest)
            values (tg_op, coalesce(new.session_key, old.session_key), old.session_version, new.session_version, md5(new.session_data));
            return null;
        end $$;
        create trigger note after insert or update of session_data, session_version or delete on session for each row execute function note();
        """);

    public Task<long> CountAsync() => ScalarAsync<long>("select count(*) from audit");

    /// <summary>Rows whose version did not rise, versions that name two contents, and removed rows that came back.</summary>
    public async Task<IReadOnlyList<string>> ContradictionsAsync()
    {
        List<string> found = [];
        found.AddRange(await ListAsync("select format('Row %s went from version %s to %s.', left(session_key, 8), old_version, new_version) from audit where operation = 'UPDATE' and new_version <= old_version limit 20"));
        found.AddRange(await ListAsync("select format('Version %s of row %s names %s contents.', new_version, left(session_key, 8), count(distinct digest)) from audit where operation <> 'DELETE' group by session_key, new_version having count(distinct digest) > 1 limit 20"));
        found.AddRange(await ListAsync("select format('Row %s was inserted again after its removal.', left(i.session_key, 8)) from audit i join audit d on d.session_key = i.session_key and d.operation = 'DELETE' and d.id < i.id where i.operation = 'INSERT' limit 20"));
        return found;
    }

    /// <summary>How many connections the site holds.</summary>
    public async Task<int> ConnectionsAsync() => (int)await ScalarAsync<long>($"select count(*) from pg_stat_activity where datname = current_database() and application_name like '{SiteApplication}%'");

    /// <summary>How many connections are left when the site has ended. The server notices the end of each a moment later.</summary>
    public async Task<int> ConnectionsLeftAsync()
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var left = await ConnectionsAsync();
            if (left == 0) return 0;
            if (clock.Elapsed > TimeSpan.FromSeconds(5))
            {
                foreach (var line in await ListAsync($"select format('Left: %s, %s %s, since %s, %s', state, wait_event_type, wait_event, now() - state_change, left(query, 60)) from pg_stat_activity where datname = current_database() and application_name like '{SiteApplication}%'"))
                    TestContext.Current.TestOutputHelper?.WriteLine(line);
                return left;
            }

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    // Of several servers, the one that takes writes now.
    private static string ToPrimary(NpgsqlConnectionStringBuilder builder)
    {
        if (builder.Host!.Contains(',', StringComparison.Ordinal)) (builder.TargetSessionAttributes, builder.HostRecheckSeconds) = ("read-write", 0);
        return builder.ConnectionString;
    }

    private async Task<IReadOnlyList<string>> ListAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return lines;
    }
}
