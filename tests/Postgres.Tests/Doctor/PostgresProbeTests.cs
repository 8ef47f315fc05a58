using HybridSession.Postgres.Schema;
using HybridSession.Postgres.Tests.Peers;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Xunit;

namespace HybridSession.Postgres.Tests.Doctor;

/// <summary>Each finding as a real server gives it.</summary>
public sealed class PostgresProbeTests
{
    [Fact]
    public async Task All_is_good_on_a_server_as_it_is_shipped()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();

        var findings = await ExamineAsync(schema);

        Assert.All(findings, f => Assert.True(f.Status == ProbeStatus.Good, $"{f.Name}: {f.Observation}"));
        Assert.Equal(["server", "encryption", "pooler", "schema", "privileges", "table", "commits", "connections", "clock", "nodes"], findings.Select(f => f.Name));
        var server = new NpgsqlConnectionStringBuilder(schema.ConnectionString);
        Assert.Matches($"^PostgreSQL [0-9.]+ at {server.Host}:{server.Port}, database \"{server.Database}\", role \"{server.Username}\"; a round trip takes [0-9.]+ ms\\.$", findings[0].Observation);
        Assert.Equal("Not encrypted (SSL Mode=Prefer), over this machine's loopback address.", findings[1].Observation);
        Assert.Equal($"{schema.Quoted} is at migration {Migration.All[^1].Number:0000}, as this version wants it.", findings[3].Observation);
        if (server.Password is { Length: > 0 } password) Assert.DoesNotContain(findings, f => $"{f.Observation} {f.Advice}".Contains(password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unlogged_table_is_a_warning()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();
        await schema.ExecuteAsync($"alter table {schema.Quoted}.session set unlogged");

        var warning = Assert.Single(await ExamineAsync(schema), f => f.Status != ProbeStatus.Good);

        Assert.Equal(("table", ProbeStatus.Warning, $"Run: alter table {schema.Quoted}.session set logged;"), (warning.Name, warning.Status, warning.Advice));
        Assert.Contains("is unlogged", warning.Observation, StringComparison.Ordinal);
        await schema.ExecuteAsync(warning.Advice![5..]);
        Assert.DoesNotContain(await ExamineAsync(schema), f => f.Status != ProbeStatus.Good);
    }

    [Fact]
    public async Task An_unlogged_partition_is_a_warning()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();
        await schema.ExecuteAsync($"""
            alter table {schema.Quoted}.session rename to plain;
            create table {schema.Quoted}.session (like {schema.Quoted}.plain including defaults, primary key (session_key)) partition by hash (session_key);
            create table {schema.Quoted}.session_0 partition of {schema.Quoted}.session for values with (modulus 2, remainder 0);
            create unlogged table {schema.Quoted}.session_1 partition of {schema.Quoted}.session for values with (modulus 2, remainder 1);
            """);

        Assert.Equal("table", Assert.Single(await ExamineAsync(schema), f => f.Status != ProbeStatus.Good).Name);
    }

    [Fact]
    public async Task Synchronous_commit_that_is_off_for_the_role_is_a_warning()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var role = await TestRole.CreateAsync(schema);
        await schema.StartStoreAsync();
        await GrantAsync(schema, role);
        await schema.ExecuteAsync($"alter role {role.Quoted} set synchronous_commit = off");

        var warning = Assert.Single(await ExamineAsync(schema, role.Use), f => f.Status != ProbeStatus.Good);

        Assert.Equal(("commits", ProbeStatus.Warning), (warning.Name, warning.Status));
        Assert.Contains("synchronous_commit is off", warning.Observation, StringComparison.Ordinal);
        Assert.Equal("commits", Assert.Single(await ExamineAsync(schema, o => o.ConnectionString += ";Options=-c synchronous_commit=off"), f => f.Status != ProbeStatus.Good).Name);
    }

    [Fact]
    public async Task A_role_with_few_privileges_is_enough_and_what_it_lacks_is_named()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var role = await TestRole.CreateAsync(schema);
        await schema.StartStoreAsync();

        var noUsage = Assert.Single(await ExamineAsync(schema, role.Use), f => f.Status == ProbeStatus.Failed);
        Assert.Equal(("schema", $"Run as its owner: grant usage on schema {schema.Quoted} to {role.Quoted};"), (noUsage.Name, noUsage.Advice));

        await schema.ExecuteAsync($"grant usage on schema {schema.Quoted} to {role.Quoted}; grant select, insert on all tables in schema {schema.Quoted} to {role.Quoted}");
        var noDelete = Assert.Single(await ExamineAsync(schema, role.Use), f => f.Status == ProbeStatus.Failed);
        Assert.Equal("privileges", noDelete.Name);
        Assert.Contains("lacks update, delete on", noDelete.Observation, StringComparison.Ordinal);

        await GrantAsync(schema, role);
        Assert.DoesNotContain(await ExamineAsync(schema, role.Use), f => f.Status != ProbeStatus.Good);
    }

    [Fact]
    public async Task A_role_without_temporary_tables_fails_where_a_flush_may_take_copy()
    {
        (FlushMethod Method, int FlushBatchSize, bool Fails)[] cases = [(FlushMethod.Auto, 5_000, true), (FlushMethod.Copy, 1, true), (FlushMethod.Auto, 100, false), (FlushMethod.Arrays, 5_000, false)];
        await using var schema = await TestSchema.CreateAsync();
        await using var role = await TestRole.CreateAsync(schema);
        await schema.StartStoreAsync();
        await GrantAsync(schema, role);
        var database = new NpgsqlConnectionStringBuilder(schema.ConnectionString) { Database = $"no_temp_{role.Name}" };
        await schema.ExecuteAsync($"create database \"{database.Database}\"");
        try
        {
            await schema.ExecuteAsync($"revoke temporary on database \"{database.Database}\" from public");
            await using (var admin = new NpgsqlConnection(database.ConnectionString + ";Pooling=false"))
            {
                await admin.OpenAsync();
                await using var command = new NpgsqlCommand($"{PostgresSchema.GetScript(schema.Name)}; {Grants(schema, role)}", admin);
                await command.ExecuteNonQueryAsync();
            }

            foreach (var (method, flushBatchSize, fails) in cases)
            {
                var findings = await ExamineAsync(
                    schema,
                    o =>
                    {
                        o.ConnectionString = new NpgsqlConnectionStringBuilder(role.ConnectionString) { Database = database.Database, Pooling = false }.ConnectionString;
                        o.FlushMethod = method;
                    },
                    engine: new SessionEngineOptions { FlushBatchSize = flushBatchSize });

                var privileges = Assert.Single(findings, f => f.Name == "privileges");
                Assert.Equal((method, flushBatchSize, fails ? ProbeStatus.Failed : ProbeStatus.Good), (method, flushBatchSize, privileges.Status));
                if (fails) Assert.Contains($"grant temporary on database \"{database.Database}\" to {role.Quoted};", privileges.Advice, StringComparison.Ordinal);
            }
        }
        finally
        {
            await schema.ExecuteAsync($"drop database \"{database.Database}\" with (force)");
        }
    }

    [Fact]
    public async Task A_server_that_takes_no_writes_fails()
    {
        await using var schema = await TestSchema.CreateAsync();

        var finding = Assert.Single(await ExamineAsync(schema, o => o.ConnectionString += ";Options=-c default_transaction_read_only=on"));

        Assert.Equal(("server", ProbeStatus.Failed), (finding.Name, finding.Status));
        Assert.Contains("takes no writes", finding.Observation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_fails_without_patience_and_without_the_password()
    {
        await using var schema = await TestSchema.CreateAsync();

        var finding = Assert.Single(await ExamineAsync(schema, o => o.ConnectionString = "postgres://app:S3cr3t@127.0.0.1:1/shop"));

        Assert.Equal(("server", ProbeStatus.Failed), (finding.Name, finding.Status));
        Assert.StartsWith("Nothing listens at 127.0.0.1:1.", finding.Observation, StringComparison.Ordinal);
        Assert.DoesNotContain("S3cr3t", finding.Observation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pool_without_a_free_connection_is_a_warning()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var source = NpgsqlDataSource.Create(schema.ConnectionString + ";Maximum Pool Size=1;Timeout=1");
        await using var taken = await source.OpenConnectionAsync();

        var finding = Assert.Single(await ExamineAsync(schema, o => (o.ConnectionString, o.DataSource) = (null, source)));

        Assert.Equal(("server", ProbeStatus.Warning), (finding.Name, finding.Status));
    }

    [Fact]
    public async Task A_pooler_is_named()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();

        var findings = await ExamineAsync(schema, o => o.AssumePooler = true);

        var warnings = findings.Where(f => f.Status != ProbeStatus.Good).ToArray();
        Assert.Equal(["nodes", "exclusive"], warnings.Select(f => f.Name));
        Assert.All(warnings, warning => Assert.Equal(ProbeStatus.Warning, warning.Status));
        Assert.Contains("on this node only", warnings[1].Observation, StringComparison.Ordinal);
        Assert.StartsWith("A connection pooler stands before the server", Assert.Single(findings, f => f.Name == "pooler").Observation, StringComparison.Ordinal);
        Assert.StartsWith("Perhaps not encrypted", Assert.Single(findings, f => f.Name == "encryption").Observation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_other_nodes_are_counted_and_this_one_is_not()
    {
        await using var schema = await TestSchema.CreateAsync();
        var store = await schema.StartStoreAsync();
        await using var one = await LinkedNode.JoinAsync(store);
        Assert.Equal("No other node is there now; one that comes is heard.", await NodesAsync());

        await using var two = await LinkedNode.JoinAsync(schema.CreateStore());
        Assert.Equal("One other node is there, and is heard.", await NodesAsync());

        await using var three = await LinkedNode.JoinAsync(schema.CreateStore());
        Assert.Equal("2 other nodes are there, and are heard.", await NodesAsync());

        async Task<string> NodesAsync() =>
            Assert.Single(await store.CreateProbe(new SessionEngineOptions(), TimeProvider.System).ExamineAsync(TestContext.Current.CancellationToken), f => f.Name == "nodes").Observation;
    }

    [Fact]
    public async Task Nodes_are_not_looked_for_where_there_is_one_only()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();

        var findings = await ExamineAsync(schema, o => o.AssumePooler = true, new SessionEngineOptions { Cluster = { Enabled = false } });

        Assert.DoesNotContain(findings, f => f.Name == "nodes" || f.Status != ProbeStatus.Good);
    }

    [Fact]
    public async Task A_way_to_the_nodes_that_leads_nowhere_is_a_warning_without_the_password()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();

        var warning = Assert.Single(await ExamineAsync(schema, o => o.ListenConnectionString = "postgres://app:S3cr3t@127.0.0.1:1/shop"), f => f.Status != ProbeStatus.Good);

        Assert.Equal(("nodes", ProbeStatus.Warning), (warning.Name, warning.Status));
        Assert.Contains("Nothing listens at 127.0.0.1:1", warning.Observation, StringComparison.Ordinal);
        Assert.DoesNotContain("S3cr3t", warning.Observation + warning.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_schema_is_judged_by_what_is_there()
    {
        await using var schema = await TestSchema.CreateAsync();

        Assert.Contains("does not exist in database", await SchemaAsync(ProbeStatus.Failed), StringComparison.Ordinal);
        await schema.ExecuteAsync($"create schema {schema.Quoted}");
        Assert.Equal($"The table {schema.Quoted}.session does not exist.", await SchemaAsync(ProbeStatus.Failed));
        await schema.ExecuteAsync($"create view {schema.Quoted}.session as select 1");
        Assert.Contains("no table", await SchemaAsync(ProbeStatus.Failed), StringComparison.Ordinal);
        await schema.ExecuteAsync($"drop view {schema.Quoted}.session; create table {schema.Quoted}.session (id int)");
        Assert.Contains("is not a table of sessions: it has no primary key", await SchemaAsync(ProbeStatus.Failed), StringComparison.Ordinal);
        await schema.ExecuteAsync($"drop table {schema.Quoted}.session");
        await schema.StartStoreAsync();
        await schema.ExecuteAsync($"insert into {schema.Quoted}.hybridsession_migration (number, name, checksum, breaking, duration) values (9000, 'from_the_future', 'x', false, '0')");
        Assert.Contains("at migration 9000", await SchemaAsync(ProbeStatus.Warning), StringComparison.Ordinal);
        await schema.ExecuteAsync($"update {schema.Quoted}.hybridsession_migration set breaking = true where number = 9000");
        Assert.Contains("cannot live with", await SchemaAsync(ProbeStatus.Failed), StringComparison.Ordinal);
        await schema.ExecuteAsync($"drop table {schema.Quoted}.hybridsession_migration");
        Assert.Contains("made by an administrator", await SchemaAsync(ProbeStatus.Good), StringComparison.Ordinal);

        async Task<string> SchemaAsync(ProbeStatus expected)
        {
            var finding = Assert.Single(await ExamineAsync(schema), f => f.Name == "schema");
            Assert.Equal(expected, finding.Status);
            return finding.Observation;
        }
    }

    [Fact]
    public async Task A_table_without_autovacuum_is_a_warning()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();
        await schema.ExecuteAsync($"alter table {schema.Quoted}.session set (autovacuum_enabled = off)");

        Assert.Equal("vacuum", Assert.Single(await ExamineAsync(schema), f => f.Status != ProbeStatus.Good).Name);
    }

    [Fact]
    public async Task A_role_with_a_low_connection_limit_is_a_warning()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var role = await TestRole.CreateAsync(schema);
        await schema.StartStoreAsync();
        await GrantAsync(schema, role);
        await schema.ExecuteAsync($"alter role {role.Quoted} connection limit 3");

        var warning = Assert.Single(await ExamineAsync(schema, role.Use), f => f.Status != ProbeStatus.Good);

        Assert.Equal("connections", warning.Name);
        Assert.StartsWith("2 of ", warning.Observation, StringComparison.Ordinal);
    }

    [Theory, InlineData(-90, "ahead of"), InlineData(90, "behind")]
    public async Task Clocks_that_differ_are_a_warning(int seconds, string expected)
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();
        var server = await schema.ScalarAsync<DateTime>("select clock_timestamp()");

        var warning = Assert.Single(await ExamineAsync(schema, time: new FakeTimeProvider(new DateTimeOffset(server).AddSeconds(seconds))), f => f.Status != ProbeStatus.Good);

        Assert.Equal("clock", warning.Name);
        Assert.Matches($"^The server's clock is [0-9.]+ s {expected} this node's", warning.Observation);
    }

    private static async Task<IReadOnlyList<ProbeFinding>> ExamineAsync(TestSchema schema, Action<PostgresSessionOptions>? configure = null, SessionEngineOptions? engine = null, TimeProvider? time = null) =>
        await schema.CreateStore(configure).CreateProbe(engine ?? new SessionEngineOptions(), time ?? TimeProvider.System).ExamineAsync(TestContext.Current.CancellationToken);

    private static Task GrantAsync(TestSchema schema, TestRole role) => schema.ExecuteAsync(Grants(schema, role));

    private static string Grants(TestSchema schema, TestRole role) =>
        $"grant usage on schema {schema.Quoted} to {role.Quoted}; grant select, insert, update, delete on all tables in schema {schema.Quoted} to {role.Quoted}";
}
