namespace HybridSession.Middleware.Tests.Values;

public class ValuesPageTests
{
    private const string Fence = "```";

    [Fact]
    public void Every_example_of_the_page_is_a_part_of_code_that_runs()
    {
        var root = Root();
        string[] code = [.. Lines(root, "tests/Middleware.Tests/Values/ValuesPageExamples.cs"), .. Lines(root, "tests/Middleware.Tests/Values/ShopTypes.cs")];
        var examples = Examples([.. Lines(root, "docs/values.md")]).ToArray();

        Assert.Equal(9, examples.Length);
        Assert.All(examples, example => Assert.True(Contains(code, example), $"Not in the code: {string.Join('\n', example)}"));
    }

    [Fact]
    public void The_bounds_on_the_page_are_the_real_ones()
    {
        var page = string.Join('\n', Lines(Root(), "docs/values.md"));

        Assert.Contains($"The newest {FlashMessage.MaxCount} wait", page, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"more than {FlashMessage.MaxTextLength:N0} characters"), page, StringComparison.Ordinal);
        Assert.Contains($"`MaxTransientKeys` ({new HybridSessionOptions().MaxTransientKeys})", page, StringComparison.Ordinal);
        Assert.Contains($"`{FlashCodec.Key}`", page, StringComparison.Ordinal);
    }

    private static IEnumerable<string[]> Examples(string[] page)
    {
        for (var start = Array.IndexOf(page, Fence + "csharp"); start >= 0; start = Array.IndexOf(page, Fence + "csharp", start))
        {
            var end = Array.IndexOf(page, Fence, start);
            yield return page[(start + 1)..end];
            start = end;
        }
    }

    private static bool Contains(string[] code, string[] example) => Enumerable.Range(0, code.Length - example.Length + 1).Any(at => code.AsSpan(at, example.Length).SequenceEqual(example));

    // Without the indentation, which differs.
    private static IEnumerable<string> Lines(string root, string path) => File.ReadLines(Path.Combine(root, path)).Select(static line => line.Trim());

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "HybridSession.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
