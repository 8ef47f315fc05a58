using System.Net.Sockets;
using System.Security.Authentication;
using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Failures;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace HybridSession.Postgres.Tests;

public sealed class StartTests
{
    private const string Secret = "S3cr3t";

    private static readonly ConnectionTarget Target = new("db:5432", "shop", "app", "Require");

    [Theory]
    [InlineData("28P01", "password authentication failed for user \"app\"", "refused the password of the role \"app\"", false)]
    [InlineData("28000", "role \"app\" does not exist", "The role \"app\" does not exist on db:5432", false)]
    [InlineData("28000", "no pg_hba.conf entry for host \"::1\", user \"app\", database \"shop\", no encryption", "Set SSL Mode=Require", false)]
    [InlineData("28000", "pg_hba.conf rejects connection", "pg_hba.conf", false)]
    [InlineData("3D000", "database \"shop\" does not exist", "The database \"shop\" does not exist on db:5432", false)]
    [InlineData("42501", "permission denied for schema public", "lacks a privilege for schema \"web\"", false)]
    [InlineData("53300", "sorry, too many clients already", "no connection left", true)]
    [InlineData("57P03", "the database system is starting up", "starting up", true)]
    [InlineData("0A000", "not supported", "SQLSTATE 0A000", false)]
    public void An_answer_of_the_server_becomes_what_to_change(string sqlState, string text, string expected, bool mayPass)
    {
        var failure = StartupFailure.Of(SqlStateClassifierTests.Server(sqlState, "FATAL", text), Target, "web");

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Equal(mayPass, failure.MayPass);
    }

    [Fact]
    public void A_failure_of_the_network_becomes_what_to_change()
    {
        Assert.Contains("Nothing listens at db:5432", Message(new NpgsqlException("x", new SocketException((int)SocketError.ConnectionRefused)), mayPass: true), StringComparison.Ordinal);
        Assert.Contains("is unknown here", Message(new SocketException((int)SocketError.HostNotFound), mayPass: true), StringComparison.Ordinal);
        Assert.Contains("did not answer in time", Message(new NpgsqlException("x", new TimeoutException()), mayPass: true), StringComparison.Ordinal);
        Assert.Contains("Root Certificate", Message(new NpgsqlException("x", new AuthenticationException("The remote certificate is invalid")), mayPass: false), StringComparison.Ordinal);
        Assert.Contains("Nothing listens", Message(new NpgsqlException("Unable to connect to a suitable host.", new AggregateException(new NpgsqlException("x", new SocketException((int)SocketError.ConnectionRefused)))), mayPass: true), StringComparison.Ordinal);

        static string Message(Exception exception, bool mayPass)
        {
            var failure = StartupFailure.Of(exception, Target, "web");
            Assert.Equal(mayPass, failure.MayPass);
            return failure.Message;
        }
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Username=app;Password=S3cr3t", "Nothing listens at 127.0.0.1:1")]
    [InlineData("postgres://app:S3cr3t@host.invalid/shop", "host.invalid:5432")]
    [InlineData("postgres://app:S3cr3t@127.0.0.1:1,127.0.0.1:2/shop", "127.0.0.1:1,127.0.0.1:2")]
    public async Task An_unreachable_server_is_named_without_the_password(string connectionString, string expected)
    {
        var failure = await FailAsync(connectionString);

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Equal(BackingStoreFailure.Transient, failure.Failure);
        Assert.False(failure.OutcomeUnknown);
        Assert.DoesNotContain(Secret, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_server_is_tried_again_until_the_start_time_out()
    {
        var logger = new ListLogger();
        await using var store = new PostgresBackingStore(new PostgresSessionOptions { ConnectionString = "postgres://app:S3cr3t@127.0.0.1:1/shop", StartupTimeout = TimeSpan.FromMilliseconds(500) }, logger);

        var failure = await Assert.ThrowsAsync<BackingStoreException>(async () => await store.InitializeAsync(default));

        Assert.Contains("Tried", failure.Message, StringComparison.Ordinal);
        Assert.NotEmpty(logger.Lines);
        Assert.All(logger.Lines, line => Assert.Equal(2001, line.Id.Id));
        Assert.All(logger.Lines, line => Assert.DoesNotContain(Secret, line.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_wait_for_a_server_ends_with_the_callers_token()
    {
        using var source = new CancellationTokenSource();
        var logger = new ListLogger();
        await using var store = new PostgresBackingStore(new PostgresSessionOptions { ConnectionString = "postgres://app@127.0.0.1:1/shop" }, logger);
        var start = store.InitializeAsync(source.Token).AsTask();

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
    }

    [Theory]
    [InlineData("Database", "hybridsession_absent", "does not exist on")]
    [InlineData("SSL Mode", "Require", "SSL was requested (SSL Mode=Require), but it is not enabled on the server")]
    [InlineData("SSL Mode", "VerifyFull", "sslmode=disable or sslmode=prefer")]
    public async Task A_wrong_setting_is_named_at_once(string keyword, string value, string expected)
    {
        var connectionString = new NpgsqlConnectionStringBuilder(await PostgresFixture.GetConnectionStringAsync()) { [keyword] = value };

        var failure = await FailAsync(connectionString.ConnectionString, TimeSpan.FromMinutes(10));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Equal(BackingStoreFailure.Setup, failure.Failure);
        if (connectionString.Password is { Length: > 0 } password) Assert.DoesNotContain(password, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_does_not_exist_or_has_another_password_is_named_at_once()
    {
        var connectionString = new NpgsqlConnectionStringBuilder(await PostgresFixture.GetConnectionStringAsync()) { Username = "hybridsession_absent", Password = Secret };

        var failure = await FailAsync(connectionString.ConnectionString, TimeSpan.FromMinutes(10));

        // With password authentication the server does not tell which of the two it is.
        Assert.Contains("the role \"hybridsession_absent\"", failure.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Secret, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_takes_no_writes_is_refused()
    {
        var connectionString = new NpgsqlConnectionStringBuilder(await PostgresFixture.GetConnectionStringAsync()) { Options = "-c default_transaction_read_only=on" };

        var failure = await FailAsync(connectionString.ConnectionString);

        Assert.Equal(BackingStoreFailure.WrongServer, failure.Failure);
        Assert.Contains("Target Session Attributes=primary", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_applications_data_source_is_used_and_not_disposed()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var source = NpgsqlDataSource.Create(schema.ConnectionString);
        await using (await schema.StartStoreAsync(o => (o.ConnectionString, o.DataSource) = (null, source)))
        {
        }

        await using var connection = await source.OpenConnectionAsync();
        Assert.Equal(System.Data.ConnectionState.Open, connection.State);
    }

    [Fact]
    public async Task A_disposed_store_says_so()
    {
        var store = new PostgresBackingStore(new PostgresSessionOptions { ConnectionString = "postgres://127.0.0.1:1/shop" }, NullLogger.Instance);
        await store.DisposeAsync();
        await store.DisposeAsync();
        store.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.RemoveAsync(default, default));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.InitializeAsync(default));
    }

    private static async Task<BackingStoreException> FailAsync(string connectionString, TimeSpan? timeout = null)
    {
        await using var store = new PostgresBackingStore(new PostgresSessionOptions { ConnectionString = connectionString, StartupTimeout = timeout ?? TimeSpan.Zero }, NullLogger.Instance);
        return await Assert.ThrowsAsync<BackingStoreException>(async () => await store.InitializeAsync(default));
    }
}
