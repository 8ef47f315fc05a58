using System.Text.RegularExpressions;
using Npgsql;
using Xunit;

namespace HybridSession.Postgres.Tests;

/// <summary>The statements of the hot path find their rows by the primary key. A parameter of the wrong type, or a join that the planner likes better, would read the whole table.</summary>
public sealed partial class PlanTests
{
    [Theory]
    [InlineData("load_sessions")]
    [InlineData("load_changed_sessions")]
    [InlineData("update_sessions")]
    [InlineData("update_session")]
    [InlineData("touch_sessions")]
    [InlineData("select_untouched")]
    [InlineData("delete_session")]
    [InlineData("rekey_session")]
    public async Task A_statement_looks_its_rows_up_by_the_primary_key(string name)
    {
        await using var schema = await FillAsync();
        await schema.ExecuteAsync("set plan_cache_mode = force_generic_plan; set jit = off");

        var plan = await ExplainAsync(schema, name);

        Assert.Matches("(Index Scan using|Bitmap Index Scan on) session_pkey", plan);
        Assert.Matches(@"Index Cond: \(\(?session_key = ", plan);
        Assert.DoesNotContain("Seq Scan on session", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("::text", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("insert_births")]
    [InlineData("insert_birth")]
    public async Task A_birth_meets_its_row_by_the_primary_key(string name)
    {
        await using var schema = await FillAsync();
        await schema.ExecuteAsync("set plan_cache_mode = force_generic_plan; set jit = off");

        Assert.Contains("Conflict Arbiter Indexes: session_pkey", await ExplainAsync(schema, name), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_merge_looks_its_rows_up_by_the_primary_key_in_the_order_of_the_keys()
    {
        await using var schema = await FillAsync();
        var sql = new SqlScripts(schema.Name);
        await schema.ExecuteAsync($"begin; {sql.ConfigureMerge.Replace("$1", "'0'", StringComparison.Ordinal).Replace("$2", "'0'", StringComparison.Ordinal)}; {sql.CreateStaging}");

        var plan = await ReadAsync(schema, $"explain {sql.MergeStaging}");

        Assert.Matches(@"Nested Loop[\s\S]*Sort Key: g.session_key[\s\S]*Index Scan using session_pkey on session s", plan);
        await schema.ExecuteAsync("rollback");
    }

    [Theory]
    [InlineData("lock_user_rows")]
    [InlineData("bind_session")]
    [InlineData("drop_user_sessions")]
    [InlineData("find_user_sessions")]
    [InlineData("count_user_sessions")]
    [InlineData("delete_user_sessions")]
    public async Task The_sessions_of_a_user_are_looked_up_by_the_index_of_users(string name)
    {
        await using var schema = await FillAsync();
        await schema.ExecuteAsync($"update {schema.Quoted}.session set \"session_user\" = 'user ' || abs(hashtext(session_key)) % 500 where session_key < '8'; analyze {schema.Quoted}.session");
        await schema.ExecuteAsync("set plan_cache_mode = force_generic_plan; set jit = off");

        var plan = await ExplainAsync(schema, name);

        Assert.Matches("(Index Scan using|Index Only Scan using|Bitmap Index Scan on) session_user_idx", plan);
        Assert.DoesNotMatch(@"Seq Scan on session\b", plan);
    }

    [Fact]
    public async Task Pruning_reads_a_range_of_pages()
    {
        await using var schema = await FillAsync();
        await schema.ExecuteAsync("set plan_cache_mode = force_generic_plan; set jit = off");

        var plan = await ExplainAsync(schema, "prune_pages");

        Assert.Contains("Tid Range Scan on session s", plan, StringComparison.Ordinal);
        Assert.Contains("Tid Scan on session", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    private static async Task<TestSchema> FillAsync()
    {
        var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();
        await schema.ExecuteAsync($"insert into {schema.Quoted}.session (session_key, session_data, session_expiry, session_version) select md5(i::text) || md5((-i)::text), 'x', now(), 1 from generate_series(1, 20000) i; analyze {schema.Quoted}.session");
        return schema;
    }

    // "explain (generic_plan)" came with PostgreSQL 16; a prepared statement shows the same before.
    private static async Task<string> ExplainAsync(TestSchema schema, string name)
    {
        var text = SqlScripts.Fill(SqlScripts.ReadRaw($"HybridSession.Postgres.Sql.{name}.sql"), schema.Name);
        var parameters = ParameterPattern().Matches(text).Select(m => int.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).Max();
        await schema.ExecuteAsync($"prepare explained as {text}");
        return await ReadAsync(schema, $"explain execute explained({string.Join(", ", Enumerable.Repeat("null", parameters))})");
    }

    private static async Task<string> ReadAsync(TestSchema schema, string sql)
    {
        await using var command = new NpgsqlCommand(sql, schema.Admin);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return string.Join('\n', lines);
    }

    [GeneratedRegex(@"\$(\d+)")]
    private static partial Regex ParameterPattern();
}
