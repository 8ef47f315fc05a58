using System.Security.Cryptography;
using HybridSession.Postgres.Schema;
using Npgsql;
using Xunit;

namespace HybridSession.Postgres.Tests;

public sealed class SchemaTests
{
    private const string OriginTable = "(session_key char(64) not null, session_data bytea, session_expiry timestamp not null, constraint session_key primary key (session_key))";

    [Fact]
    public async Task A_fresh_start_makes_the_table_and_a_second_one_changes_nothing()
    {
        await using var schema = await TestSchema.CreateAsync();
        var logger = new ListLogger();

        await schema.StartStoreAsync(logger: logger);
        await schema.StartStoreAsync(logger: logger);

        Assert.Equal(Migration.All.Count, await schema.ScalarAsync<long>($"select count(*) from {schema.Quoted}.hybridsession_migration"));
        Assert.Equal(Migration.All.Count, logger.Lines.Count(line => line.Id.Id == 2002));
        Assert.Equal("C", await schema.ScalarAsync<string>($"select c.collname::text from pg_attribute a join pg_collation c on c.oid = a.attcollation where a.attrelid = '{schema.Quoted}.session'::regclass and a.attname = 'session_key'"));
        Assert.Equal("e", await schema.ScalarAsync<string>($"select attstorage::text from pg_attribute where attrelid = '{schema.Quoted}.session'::regclass and attname = 'session_data'"));
        Assert.Contains("fillfactor=85", await schema.ScalarAsync<string>($"select array_to_string(reloptions, ',') from pg_class where oid = '{schema.Quoted}.session'::regclass"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Eight_nodes_may_start_at_once()
    {
        await using var schema = await TestSchema.CreateAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => schema.StartStoreAsync())));

        Assert.Equal(Migration.All.Count, await schema.ScalarAsync<long>($"select count(*) from {schema.Quoted}.hybridsession_migration"));
    }

    [Fact]
    public async Task An_edited_migration_is_refused()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();
        await schema.ExecuteAsync($"update {schema.Quoted}.hybridsession_migration set checksum = 'x' where number = 1");

        var failure = await FailAsync(schema);

        Assert.Contains("Migration 0001 (create_session) was applied", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_newer_schema_is_refused_only_when_it_is_marked_as_breaking(bool breaking)
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();
        await schema.ExecuteAsync($"insert into {schema.Quoted}.hybridsession_migration (number, name, checksum, breaking, duration) values (9000, 'from_the_future', 'x', {breaking}, '0')");

        if (breaking)
        {
            Assert.Contains("from_the_future", (await FailAsync(schema)).Message, StringComparison.Ordinal);
            return;
        }
        var logger = new ListLogger();
        await schema.StartStoreAsync(logger: logger);
        Assert.Contains(logger.Lines, line => line.Id.Id == 2004);
    }

    [Fact]
    public async Task A_hand_made_table_is_upgraded_in_place_and_its_rows_stay_until_they_expire()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.ExecuteAsync($"create schema {schema.Quoted}; create table {schema.Quoted}.session {OriginTable}");
        await schema.ExecuteAsync($"insert into {schema.Quoted}.session select md5(i::text), 'x', now() from generate_series(1, 3) i");
        var logger = new ListLogger();

        var store = await schema.StartStoreAsync(logger: logger);

        Assert.Contains("3 old rows", Assert.Single(logger.Lines, line => line.Id.Id == 2003).Text, StringComparison.Ordinal);
        Assert.Equal(3, await schema.ScalarAsync<long>($"select count(*) from {schema.Quoted}.session where session_version = 0 and session_expiry > now() - interval '1 minute'"));
        var write = new SessionWrite(new SessionKey(RandomNumberGenerator.GetBytes(32)), [1, 2], 1, 0, TimeSpan.FromHours(1));
        Assert.Equal([FlushOutcome.Written], await store.FlushAsync([write], default));
        Assert.Equal(0, await store.PruneAsync(TimeSpan.FromHours(1), default));
        Assert.Equal(3, await store.PruneAsync(TimeSpan.Zero, default));
        await schema.StartStoreAsync(o => o.SchemaMode = SchemaMode.Validate);
    }

    [Fact]
    public async Task An_upgraded_table_is_as_one_that_was_made_fresh()
    {
        await using var fresh = await TestSchema.CreateAsync();
        await using var upgraded = await TestSchema.CreateAsync();
        await fresh.StartStoreAsync();
        await upgraded.ExecuteAsync($"create schema {upgraded.Quoted}; create table {upgraded.Quoted}.session {OriginTable}");
        await upgraded.StartStoreAsync();

        Assert.Equal(await DescribeAsync(fresh), await DescribeAsync(upgraded));

        static Task<string> DescribeAsync(TestSchema schema) => schema.ScalarAsync<string>($"""
            select (select array_to_string(reloptions, ',') from pg_class where oid = '{schema.Quoted}.session'::regclass) || ';' || string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || ' ' || a.attstorage::text || ' ' || a.attcollation::text, ';' order by a.attnum)
            from pg_attribute a where a.attrelid = '{schema.Quoted}.session'::regclass and a.attnum > 0
            """);
    }

    [Fact]
    public async Task A_strange_table_is_refused_with_its_differences_and_the_ddl()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.ExecuteAsync($"create schema {schema.Quoted}; create table {schema.Quoted}.session (id bigint primary key, session_key text)");

        var failure = await FailAsync(schema);

        Assert.Equal(BackingStoreFailure.Setup, failure.Failure);
        Assert.Contains("the column session_key is text in place of character(64)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("its primary key is (id)", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"create table {schema.Quoted}.session", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_view_of_that_name_is_refused()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.ExecuteAsync($"create schema {schema.Quoted}; create view {schema.Quoted}.session as select 1 as x");

        Assert.Contains("no table", (await FailAsync(schema)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validate_changes_nothing_and_names_the_script_which_then_suffices()
    {
        await using var schema = await TestSchema.CreateAsync();

        var failure = await FailAsync(schema, o => o.SchemaMode = SchemaMode.Validate);

        Assert.Contains("does not exist", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, await schema.ScalarAsync<long>($"select count(*) from pg_namespace where nspname = '{schema.Name}'"));
        await RunScriptOfAsync(schema, failure);
        await schema.StartStoreAsync(o => o.SchemaMode = SchemaMode.Validate);
        await schema.StartStoreAsync();
    }

    [Fact]
    public async Task Validate_names_the_script_for_a_hand_made_table_which_then_suffices()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.ExecuteAsync($"create schema {schema.Quoted}; create table {schema.Quoted}.session {OriginTable}");

        var failure = await FailAsync(schema, o => o.SchemaMode = SchemaMode.Validate);

        await schema.ExecuteAsync(failure.Message[failure.Message.IndexOf("begin;", StringComparison.Ordinal)..]);
        await schema.StartStoreAsync(o => o.SchemaMode = SchemaMode.Validate);
        await schema.StartStoreAsync();
    }

    [Fact]
    public async Task A_table_without_a_journal_is_as_good()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.ExecuteAsync(PostgresSchema.GetScript(schema.Name));
        await schema.ExecuteAsync($"drop table {schema.Quoted}.hybridsession_migration");

        await schema.StartStoreAsync(o => o.SchemaMode = SchemaMode.Validate);
    }

    [Theory]
    [InlineData("session")]
    [InlineData("session_quarantine")]
    public async Task A_table_that_was_dropped_beside_its_journal_is_refused_with_the_script_which_then_suffices(string table)
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();
        await schema.ExecuteAsync($"drop table {schema.Quoted}.{table}");

        var failure = await FailAsync(schema);

        Assert.Contains($"The table {schema.Quoted}.{table} is gone", failure.Message, StringComparison.Ordinal);
        await RunScriptOfAsync(schema, failure);
        await schema.StartStoreAsync(o => o.SchemaMode = SchemaMode.Validate);
    }

    [Fact]
    public async Task A_schema_at_the_first_migration_is_upgraded_at_start_and_keeps_its_sessions()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.ExecuteAsync(PostgresSchema.GetScript(schema.Name, [Migration.All[0]]));
        await schema.ExecuteAsync($"insert into {schema.Quoted}.session (session_key, session_data, session_expiry, session_version) select md5(i::text) || md5(i::text), 'x', now() + interval '1 hour', 1 from generate_series(1, 3) i");

        var store = await schema.StartStoreAsync();

        Assert.Equal(Migration.All[^1].Number, await schema.ScalarAsync<int>($"select max(number) from {schema.Quoted}.hybridsession_migration"));
        Assert.Equal(3, await schema.ScalarAsync<long>($"select count(*) from {schema.Quoted}.session"));
        Assert.Equal(0, await store.CountDeadLettersAsync(default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("drop table {0}.hybridsession_migration")]
    public async Task Validate_names_the_script_for_a_schema_at_the_first_migration_which_then_suffices(string arrange)
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.ExecuteAsync(PostgresSchema.GetScript(schema.Name, [Migration.All[0]]));
        if (arrange.Length > 0) await schema.ExecuteAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, arrange, schema.Quoted));

        var failure = await FailAsync(schema, o => o.SchemaMode = SchemaMode.Validate);

        Assert.Contains("lacks migrations (create_session_quarantine, create_session_user_index)", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain($"create table {schema.Quoted}.session (", failure.Message, StringComparison.Ordinal);
        await RunScriptOfAsync(schema, failure);
        await schema.StartStoreAsync(o => o.SchemaMode = SchemaMode.Validate);
        await schema.StartStoreAsync();
    }

    [Fact]
    public async Task A_role_that_may_only_use_the_first_table_is_given_the_script_and_the_grants_of_the_second()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var role = await TestRole.CreateAsync(schema);
        await schema.ExecuteAsync(PostgresSchema.GetScript(schema.Name, [Migration.All[0]]));
        await schema.ExecuteAsync($"grant usage on schema {schema.Quoted} to {role.Quoted}; grant select, insert, update, delete on {schema.Quoted}.session to {role.Quoted}");

        var noTable = await FailAsync(schema, o =>
        {
            role.Use(o);
            o.SchemaMode = SchemaMode.Validate;
        });
        await RunScriptOfAsync(schema, noTable);
        var noGrant = await FailAsync(schema, role.Use);

        Assert.Contains($"delete on the table {schema.Quoted}.session_quarantine", noGrant.Message, StringComparison.Ordinal);
        await schema.ExecuteAsync(noGrant.Message[noGrant.Message.IndexOf("grant ", StringComparison.Ordinal)..]);
        await schema.StartStoreAsync(role.Use);
    }

    [Fact]
    public async Task A_strange_quarantine_table_is_refused_with_its_differences()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.ExecuteAsync(PostgresSchema.GetScript(schema.Name, [Migration.All[0]]));
        await schema.ExecuteAsync($"create table {schema.Quoted}.session_quarantine (session_key char(64) primary key, session_data text)");

        var failure = await FailAsync(schema);

        Assert.Contains($"The table {schema.Quoted}.session_quarantine exists and is not a table of sessions: the column session_data is text in place of bytea", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_quarantine_table_has_its_key_and_nothing_else_that_could_refuse_a_row()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();

        Assert.Equal("p session_quarantine_pkey", await schema.ScalarAsync<string>($"select string_agg(contype::text || ' ' || conname, ',') from pg_constraint where conrelid = '{schema.Quoted}.session_quarantine'::regclass and contype <> 'n'"));
        Assert.Equal(1, await schema.ScalarAsync<long>($"select count(*) from pg_index where indrelid = '{schema.Quoted}.session_quarantine'::regclass"));
    }

    [Fact]
    public async Task A_role_without_rights_is_told_what_to_grant_at_each_step()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var role = await TestRole.CreateAsync(schema);

        var noSchema = await FailAsync(schema, role.Use);
        Assert.Contains($"create schema {schema.Quoted} authorization {role.Quoted};", noSchema.Message, StringComparison.Ordinal);

        await schema.ExecuteAsync($"create schema {schema.Quoted}");
        var noUsage = await FailAsync(schema, role.Use);
        Assert.Contains($"grant usage on schema {schema.Quoted} to {role.Quoted};", noUsage.Message, StringComparison.Ordinal);

        await schema.ExecuteAsync($"grant usage on schema {schema.Quoted} to {role.Quoted}");
        var noCreate = await FailAsync(schema, role.Use);
        Assert.Contains($"grant usage, create on schema {schema.Quoted} to {role.Quoted};", noCreate.Message, StringComparison.Ordinal);
        Assert.Contains("SchemaMode to Validate", noCreate.Message, StringComparison.Ordinal);

        await schema.StartStoreAsync();
        var noTable = await FailAsync(schema, role.Use);
        Assert.Contains("lacks the privileges select", noTable.Message, StringComparison.Ordinal);

        await schema.ExecuteAsync($"grant select, insert, update, delete on {schema.Quoted}.session to {role.Quoted}");
        var noQuarantine = await FailAsync(schema, role.Use);
        Assert.Contains($"grant select, insert, update, delete on {schema.Quoted}.session_quarantine to {role.Quoted};", noQuarantine.Message, StringComparison.Ordinal);

        await schema.ExecuteAsync(noQuarantine.Message[noQuarantine.Message.IndexOf("grant ", StringComparison.Ordinal)..]);
        await schema.StartStoreAsync(role.Use);
    }

    [Fact]
    public async Task A_hand_made_table_of_another_owner_is_refused_with_the_script()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var role = await TestRole.CreateAsync(schema);
        await schema.ExecuteAsync($"create schema {schema.Quoted}; create table {schema.Quoted}.session {OriginTable}; grant usage, create on schema {schema.Quoted} to {role.Quoted}");

        var failure = await FailAsync(schema, role.Use);

        Assert.Contains("not its owner", failure.Message, StringComparison.Ordinal);
        Assert.Contains("alter column session_key type char(64)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Applied_migrations_never_change()
    {
        // A line is added with each migration, and none is ever edited.
        (int, string)[] committed =
        [
            (1, "ac1e9f6a95f329c963658925746e24b73cd70f0631e887b85e5fe872d6c3d6b3"),
            (2, "331be48297d480a103aca8d7b5cb98daf05ddeb1e51d754b67adedc50579060c"),
            (3, "dbefd272c4a40d45675b6efe7eb067d0458b7ea2929ef79238d429b4b308890a"),
        ];

        Assert.Equal(committed, Migration.All.Select(m => (m.Number, m.Checksum)));
    }

    [Fact]
    public void The_checksum_does_not_depend_on_line_ends()
    {
        Assert.All(Migration.All, migration => Assert.DoesNotContain('\r', migration.Script));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("pg_mine")]
    [InlineData("ääääääääääääääääääääääääääääääää")]
    public void A_name_that_is_no_identifier_is_refused(string name) => Assert.Throws<ArgumentException>(() => PostgresSchema.GetScript(name));

    private static Task RunScriptOfAsync(TestSchema schema, BackingStoreException failure) => schema.ExecuteAsync(failure.Message[failure.Message.IndexOf("begin;", StringComparison.Ordinal)..]);

    private static async Task<BackingStoreException> FailAsync(TestSchema schema, Action<PostgresSessionOptions>? configure = null)
    {
        var failure = await Assert.ThrowsAsync<BackingStoreException>(() => schema.StartStoreAsync(configure));
        Assert.Equal(BackingStoreFailure.Setup, failure.Failure);
        Assert.False(failure.OutcomeUnknown);
        return failure;
    }
}
