using HybridSession.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace HybridSession.Postgres.Tests.Doctor;

/// <summary>What a start says, over a real host.</summary>
public sealed class StartReportTests
{
    [Fact]
    public async Task A_good_start_logs_one_report()
    {
        await using var schema = await TestSchema.CreateAsync();
        var logs = new ListLogger();
        using var host = Build(schema, logs);

        await host.StartAsync(TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);

        var report = Assert.Single(logs.Lines, line => line.Id == new EventId(1010, "Doctor"));
        Assert.Equal(LogLevel.Information, report.Level);
        Assert.StartsWith("Doctor: all is good (", report.Text, StringComparison.Ordinal);
        Assert.Contains($"  good     schema       {schema.Quoted} is at migration", report.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Password(schema), report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_warning_makes_the_report_one()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartStoreAsync();
        await schema.ExecuteAsync($"alter table {schema.Quoted}.session set unlogged");
        var logs = new ListLogger();
        using var host = Build(schema, logs);

        await host.StartAsync(TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);

        var report = Assert.Single(logs.Lines, line => line.Id.Id == 1010);
        Assert.Equal(LogLevel.Warning, report.Level);
        Assert.Contains($"-> Run: alter table {schema.Quoted}.session set logged;", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_start_says_first_what_it_always_said_and_then_everything_that_was_found()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var role = await TestRole.CreateAsync(schema);
        await schema.StartStoreAsync();
        await schema.ExecuteAsync($"grant usage on schema {schema.Quoted} to {role.Quoted}");
        var store = schema.CreateStore(role.Use);
        var first = await Assert.ThrowsAsync<BackingStoreException>(async () => await store.InitializeAsync(TestContext.Current.CancellationToken));
        var logs = new ListLogger();
        using var host = Build(schema, logs, role.Use);

        var failure = await Assert.ThrowsAsync<BackingStoreException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        var report = Assert.Single(logs.Lines, line => line.Id.Id == 1010);
        Assert.Equal(LogLevel.Error, report.Level);
        Assert.Equal($"{first.Message}{Environment.NewLine}{Environment.NewLine}{report.Text}", failure.Message);
        Assert.Equal((first.Failure, first.OutcomeUnknown), (failure.Failure, failure.OutcomeUnknown));
        Assert.Contains("FAILED   privileges   The role", report.Text, StringComparison.Ordinal);
        Assert.Contains("good     server       PostgreSQL", report.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(TestRole.Password, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_server_is_refused_with_its_cause()
    {
        await using var schema = await TestSchema.CreateAsync();
        var logs = new ListLogger();
        using var host = Build(schema, logs, o => (o.ConnectionString, o.StartupTimeout) = ("postgres://app:S3cr3t@127.0.0.1:1/shop", TimeSpan.Zero));

        var failure = await Assert.ThrowsAsync<BackingStoreException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.StartsWith("Nothing listens at 127.0.0.1:1.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("FAILED   server", failure.Message, StringComparison.Ordinal);
        Assert.Equal(BackingStoreFailure.Transient, failure.Failure);
        Assert.IsType<NpgsqlException>(failure.InnerException);
        Assert.DoesNotContain("S3cr3t", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_is_not_chosen_is_not_looked_at()
    {
        await using var schema = await TestSchema.CreateAsync();
        var logs = new ListLogger();
        using var host = Build(schema, logs, o => o.ConnectionString = "postgres://127.0.0.1:1/shop", provider: "memory");

        await host.StartAsync(TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);

        var report = Assert.Single(logs.Lines, line => line.Id.Id == 1010);
        Assert.Contains("good     store    The memory of this process", report.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", report.Text, StringComparison.Ordinal);
    }

    private static string Password(TestSchema schema) => new NpgsqlConnectionStringBuilder(schema.ConnectionString).Password is { Length: > 0 } password ? password : "no password is known";

    private static IHost Build(TestSchema schema, ListLogger logs, Action<PostgresSessionOptions>? configure = null, string? provider = null)
    {
        var host = Host.CreateEmptyApplicationBuilder(null);
        host.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new Provider(logs));
        host.Services.AddSingleton<IOptions<SessionEngineOptions>>(Options.Create(new SessionEngineOptions { Provider = provider }));
        new Builder(host.Services, null).UsePostgres(o =>
        {
            (o.ConnectionString, o.Schema) = (schema.ConnectionString, schema.Name);
            configure?.Invoke(o);
        });
        host.Services.AddSingleton(services => BackingStoreSelector.Choose(services, provider));
        host.Services.AddSingleton(services => BackingStoreSelector.Build(services, services.GetRequiredService<ChosenStore>()));
        host.Services.AddHybridSessionEngine();
        return host.Build();
    }

    private sealed record Builder(IServiceCollection Services, IConfiguration? Configuration) : IHybridSessionBuilder;

    private sealed class Provider(ListLogger logger) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void Dispose()
        {
        }
    }
}
