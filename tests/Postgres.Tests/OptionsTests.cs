using HybridSession.Configuration;
using HybridSession.Postgres.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace HybridSession.Postgres.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void The_defaults_are_pinned()
    {
        var options = new PostgresSessionOptions();

        Assert.Null(options.ConnectionString);
        Assert.Null(options.ListenConnectionString);
        Assert.Null(options.DataSource);
        Assert.Equal("public", options.Schema);
        Assert.Equal(SchemaMode.Create, options.SchemaMode);
        Assert.Equal(FlushMethod.Auto, options.FlushMethod);
        Assert.Equal(4_000, options.CopyThreshold);
        Assert.Equal(2_048, options.LargeRowBytes);
        Assert.Equal(TimeSpan.FromSeconds(30), options.StartupTimeout);
        Assert.Equal(TimeSpan.FromSeconds(10), options.StatementTimeout);
    }

    [Fact]
    public void All_failures_come_at_once_and_each_names_setting_and_value()
    {
        var failures = PostgresSessionOptionsValidator.Failures(new PostgresSessionOptions
        {
            ConnectionString = "postgres://app:S3cr3t@x@db/shop",
            ListenConnectionString = "Host=direct;Passwort=S3cr3t",
            Schema = "pg_mine",
            SchemaMode = (SchemaMode)7,
            FlushMethod = (FlushMethod)8,
            CopyThreshold = 0,
            LargeRowBytes = 1,
            StartupTimeout = TimeSpan.FromSeconds(-1),
            StatementTimeout = TimeSpan.Zero,
        });

        Assert.Equal(9, failures.Count);
        Assert.All(failures, failure => Assert.StartsWith("PostgresSessionOptions.", failure, StringComparison.Ordinal));
        Assert.Contains(failures, failure => failure.Contains("CopyThreshold (0) must be between 1 and 1000000.", StringComparison.Ordinal));
        Assert.Contains(failures, failure => failure.Contains("SchemaMode (7) is not one of Create, Validate.", StringComparison.Ordinal));
        Assert.Contains(failures, failure => failure.StartsWith("PostgresSessionOptions.ListenConnectionString has the unknown keyword", StringComparison.Ordinal));
        Assert.All(failures, failure => Assert.DoesNotContain("S3cr3t", failure, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_data_source_takes_the_place_of_the_connection_string()
    {
        await using var source = NpgsqlDataSource.Create("Host=db");
        await using var multiplexing = NpgsqlDataSource.Create("Host=db;Multiplexing=true");

        Assert.Empty(PostgresSessionOptionsValidator.Failures(new PostgresSessionOptions { DataSource = source }));
        Assert.Contains("both set", Assert.Single(PostgresSessionOptionsValidator.Failures(new PostgresSessionOptions { DataSource = source, ConnectionString = "Host=db" })), StringComparison.Ordinal);
        Assert.Contains("Multiplexing", Assert.Single(PostgresSessionOptionsValidator.Failures(new PostgresSessionOptions { DataSource = multiplexing })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres", false)]
    [InlineData("PG", false)]
    [InlineData("memory", true)]
    [InlineData(null, false)]
    public void The_settings_do_not_matter_when_another_store_was_chosen(string? provider, bool skipped)
    {
        var validator = new PostgresSessionOptionsValidator(Options.Create(new SessionEngineOptions { Provider = provider }));

        Assert.Equal(skipped, validator.Validate(null, new PostgresSessionOptions()).Skipped);
    }

    [Theory]
    [InlineData("conectionstring", "ConnectionString")]
    [InlineData("schema_mode", "SchemaMode")]
    [InlineData("CopyTreshold", "CopyThreshold")]
    [InlineData("colour", null)]
    public void The_nearest_name_is_found(string name, string? expected) => Assert.Equal(expected, NearestName.Find(name, PostgresConfiguration.Keys));

    [Fact]
    public void Every_setting_but_the_data_source_can_be_configured()
    {
        var settings = typeof(PostgresSessionOptions).GetProperties().Select(p => p.Name).Except([nameof(PostgresSessionOptions.DataSource)]);

        Assert.Equal(settings.Order(), PostgresConfiguration.Keys.Order());
    }
}
