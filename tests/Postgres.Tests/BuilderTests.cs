using HybridSession.Postgres.Peers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace HybridSession.Postgres.Tests;

public sealed class BuilderTests
{
    [Theory]
    [InlineData("ConnectionString")]
    [InlineData("Postgres:ConnectionString")]
    [InlineData("Postgres")]
    [InlineData("SessionProviderConfig")]
    public void The_connection_string_is_read_under_each_of_its_names(string key)
    {
        using var provider = Build(builder => builder.UsePostgres(), (key, "postgres://app@db/shop"));

        Assert.Equal("postgres://app@db/shop", Options(provider).ConnectionString);
    }

    [Fact]
    public void Every_setting_is_read_from_the_section()
    {
        using var provider = Build(
            builder => builder.UsePostgres(),
            ("ConnectionString", "Host=other"),
            ("Postgres:ConnectionString", "Host=db"),
            ("Postgres:ListenConnectionString", "Host=direct"),
            ("Postgres:schema", "web"),
            ("Postgres:SchemaMode", "validate"),
            ("Postgres:FlushMethod", "Copy"),
            ("Postgres:CopyThreshold", "7"),
            ("Postgres:LargeRowBytes", "4096"),
            ("Postgres:StartupTimeout", "1m"),
            ("Postgres:StatementTimeout", "00:00:03"));

        var options = Options(provider);

        Assert.Equal("Host=direct", options.ListenConnectionString);
        Assert.Equal(("Host=db", "web", SchemaMode.Validate, FlushMethod.Copy), (options.ConnectionString, options.Schema, options.SchemaMode, options.FlushMethod));
        Assert.Equal((7, 4096, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(3)), (options.CopyThreshold, options.LargeRowBytes, options.StartupTimeout, options.StatementTimeout));
    }

    [Theory]
    [InlineData("Postgres:Shema", "web", "Session:Postgres:Shema is not a setting. Did you mean Postgres:Schema?")]
    [InlineData("Postgres:Colour", "red", "The keys are ConnectionString, ListenConnectionString, Schema")]
    [InlineData("Postgres:SchemaMode", "3", "Session:Postgres:SchemaMode is \"3\": write one of Create, Validate.")]
    [InlineData("Postgres:CopyThreshold", "many", "Session:Postgres:CopyThreshold is \"many\": write a whole number, such as 4000.")]
    [InlineData("Postgres:StartupTimeout", "soon", "Session:Postgres:StartupTimeout is \"soon\": a duration needs a unit")]
    public void A_wrong_key_or_value_is_refused_at_start(string key, string value, string expected)
    {
        using var provider = Build(builder => builder.UsePostgres(), ("ConnectionString", "Host=db"), (key, value));

        var failure = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IStartupValidator>().Validate());

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_connection_string_stops_the_start()
    {
        using var provider = Build(builder => builder.UsePostgres());

        var failure = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IStartupValidator>().Validate());

        Assert.Contains("PostgresSessionOptions.ConnectionString is empty", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_wins_over_configuration()
    {
        await using var source = NpgsqlDataSource.Create("Host=db");
        using var text = Build(builder => builder.UsePostgres("Host=code", o => o.Schema = "code"), ("ConnectionString", "Host=file"), ("Postgres:Schema", "file"), ("Postgres:CopyThreshold", "9"));
        using var given = Build(builder => builder.UsePostgres(source), ("ConnectionString", "Host=file"));
        using var action = Build(builder => builder.UsePostgres(o => o.ConnectionString = "Host=action"), ("ConnectionString", "Host=file"));

        Assert.Equal(("Host=code", "code", 9), (Options(text).ConnectionString, Options(text).Schema, Options(text).CopyThreshold));
        Assert.Same(source, Options(given).DataSource);
        Assert.Null(Options(given).ConnectionString);
        Assert.Equal("Host=action", Options(action).ConnectionString);
    }

    [Fact]
    public void The_store_answers_to_every_name_people_use()
    {
        using var provider = Build(builder => builder.UsePostgres("Host=db"));

        var registration = Assert.Single(provider.GetServices<BackingStoreRegistration>());

        Assert.Equal(["postgres", "postgresql", "pgsql", "pg", "npgsql"], registration.Names);
        Assert.IsType<PostgresBackingStore>(registration.Factory(provider));
        Assert.Same(registration.Factory(provider), registration.Factory(provider));
        Assert.IsType<PostgresPeerLink>(registration.PeerLink!(provider));
    }

    private static PostgresSessionOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<PostgresSessionOptions>>().Value;

    private static ServiceProvider Build(Action<IHybridSessionBuilder> use, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create("Session:" + s.Key, (string?)s.Value))).Build();
        var builder = new Builder(new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System), configuration.GetSection("Session"));
        use(builder);
        return builder.Services.BuildServiceProvider();
    }

    private sealed record Builder(IServiceCollection Services, IConfiguration? Configuration) : IHybridSessionBuilder;
}
