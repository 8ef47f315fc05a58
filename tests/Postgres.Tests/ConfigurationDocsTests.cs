using System.Text.RegularExpressions;
using HybridSession.Postgres.Configuration;
using Microsoft.Extensions.Configuration;

namespace HybridSession.Postgres.Tests;

public sealed partial class ConfigurationDocsTests
{
    [Fact]
    public void The_page_lists_every_setting_of_the_store_once() => Assert.Equal(PostgresConfiguration.Keys.Order(), Rows().Keys.Order());

    [Fact]
    public void The_defaults_of_the_store_on_the_page_are_the_real_ones()
    {
        var page = Rows().Where(row => row.Key != nameof(PostgresSessionOptions.ConnectionString)).Select(row => KeyValuePair.Create("Postgres:" + row.Key, (string?)row.Value));
        var options = new PostgresSessionOptions();

        PostgresConfiguration.Apply(new ConfigurationBuilder().AddInMemoryCollection(page).Build(), options);

        Assert.Empty(options.ConfigurationFailures);
        Assert.Equal(Values(new PostgresSessionOptions()), Values(options));
    }

    private static string[] Values(PostgresSessionOptions options) =>
        [.. typeof(PostgresSessionOptions).GetProperties().Select(property => $"{property.Name}={property.GetValue(options)}").Order()];

    private static Dictionary<string, string> Rows()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "HybridSession.sln"))) folder = folder.Parent!;
        return Row().Matches(File.ReadAllText(Path.Combine(folder.FullName, "docs", "configuration.md"))).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
    }

    [GeneratedRegex(@"^\| `Postgres:(\w+)` \| `([^`]*)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
