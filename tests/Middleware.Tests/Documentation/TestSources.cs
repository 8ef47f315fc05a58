using System.Text.RegularExpressions;

namespace HybridSession.Middleware.Tests.Documentation;

/// <summary>The tests of all projects as their sources name them: <c>Class.Method</c>, with the comment above it.</summary>
internal static partial class TestSources
{
    public static ILookup<string, string> Read(string folder) => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        .SelectMany(file => Tests(File.ReadAllText(file)))
        .ToLookup(test => test.Name, test => test.Comment);

    public static IEnumerable<(string Name, string Comment)> Tests(string source)
    {
        var name = "";
        foreach (Match match in ClassOrTest().Matches(source))
        {
            if (match.Groups["class"] is { Success: true } found) name = found.Value;
            else yield return ($"{name}.{match.Groups["test"].Value}", match.Groups["comment"].Value);
        }
    }

    // Classes inside of others are indented, and a test is the first public method after its attribute.
    [GeneratedRegex(@"^public [a-z ]*class (?<class>\w+)|(?<comment>(?:^    //[^\n]*\n)*)^    \[(?:Fact|Theory)\b(?:(?!^    public ).)*^    public (?:async )?(?:void|Task|ValueTask) (?<test>\w+)\(", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ClassOrTest();
}
