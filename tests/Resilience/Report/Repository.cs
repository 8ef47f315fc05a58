namespace HybridSession.Resilience.Report;

/// <summary>Where the sources lie from which this program was built.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Document => Path.Combine(Root, "docs", "resilience.md");

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "HybridSession.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("No HybridSession.sln above this program.");
        return folder.FullName;
    }
}
