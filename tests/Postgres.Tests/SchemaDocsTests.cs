using Xunit;

namespace HybridSession.Postgres.Tests;

public sealed class SchemaDocsTests
{
    [Fact]
    public void The_schema_in_the_docs_is_the_script_of_the_code()
    {
        var path = Path.Combine(Root(), "docs", "schema.sql");
        if (Environment.GetEnvironmentVariable("HYBRIDSESSION_UPDATE_DOCS") is { Length: > 0 }) File.WriteAllText(path, PostgresSchema.GetScript());

        Assert.Equal(PostgresSchema.GetScript(), File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "HybridSession.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("HybridSession.sln is not above the tests.");
    }
}
