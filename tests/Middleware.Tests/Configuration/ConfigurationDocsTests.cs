using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using HybridSession.Configuration;
using Xunit;

namespace HybridSession.Middleware.Tests.Configuration;

public partial class ConfigurationDocsTests
{
    // Types and converters are code.
    private static readonly string[] InCodeOnly = [nameof(HybridSessionOptions.Json)];

    [Fact]
    public void The_page_lists_every_setting_once()
    {
        Assert.Equal(HybridSessionSettings.All.Select(s => s.Name).Order(), Rows().Select(r => r.Name).Order());
    }

    [Fact]
    public void The_defaults_on_the_page_are_the_real_ones()
    {
        foreach (var (name, text) in Rows())
        {
            var options = new HybridSessionOptions();
            var expected = Snapshot(options);

            Assert.Null(HybridSessionSettings.All.Single(s => s.Name == name).Apply(options, text));

            Assert.Equal(expected, Snapshot(options));
        }
    }

    [Fact]
    public void Every_property_of_the_options_can_be_configured()
    {
        var names = HybridSessionSettings.All.Select(s => s.Name.Split(':')[0]).ToHashSet();

        Assert.All(Properties(typeof(HybridSessionOptions)), p => Assert.Contains(p.Name, names));
        Assert.All(Paths(typeof(ResilienceOptions), "Resilience:"), path => Assert.Contains(HybridSessionSettings.All, s => s.Name == path));
    }

    [Fact]
    public void The_page_names_what_only_code_can_set() => Assert.All(InCodeOnly, name => Assert.Contains($"`o.{name}", Page(), StringComparison.Ordinal));

    [Fact]
    public void The_page_names_every_setting_of_the_origin()
    {
        var page = Page();

        Assert.All(OriginSettings.All.Select(s => s.Name).Concat(OriginSettings.Refused.Keys), name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    private static IEnumerable<PropertyInfo> Properties(Type options) => options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => !InCodeOnly.Contains(p.Name));

    private static IEnumerable<string> Paths(Type options, string prefix) => options.GetProperties()
        .SelectMany(p => p.PropertyType.IsAssignableTo(typeof(CallResilienceOptions)) ? Paths(p.PropertyType, $"{prefix}{p.Name}:") : [prefix + p.Name]);

    private static IEnumerable<(string Name, string Text)> Rows() =>
        // The store's own settings are compared where its options are.
        Row().Matches(Page()).Select(m => (m.Groups[1].Value, m.Groups[2].Value)).Where(row => !row.Item1.StartsWith("Postgres:", StringComparison.Ordinal));

    private static string Page()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "HybridSession.sln"))) folder = folder.Parent!;
        return File.ReadAllText(Path.Combine(folder.FullName, "docs", "configuration.md"));
    }

    private static string Snapshot(object value) => string.Join('\n', Properties(value.GetType())
        .Where(p => p.GetIndexParameters().Length == 0)
        .OrderBy(p => p.Name)
        .Select(p => p.PropertyType.IsClass && p.PropertyType != typeof(string) && !typeof(IEnumerable).IsAssignableFrom(p.PropertyType)
            ? Snapshot(p.GetValue(value)!)
            : $"{p.DeclaringType!.Name}.{p.Name} = {p.GetValue(value)}"));

    [GeneratedRegex(@"^\| `([A-Za-z:]+)` \| `([^`]*)` \|.*\|.*\|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
