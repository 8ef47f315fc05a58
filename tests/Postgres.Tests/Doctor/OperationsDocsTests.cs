using HybridSession.Postgres.Doctor;
using HybridSession.Postgres.Schema;
using Xunit;

namespace HybridSession.Postgres.Tests.Doctor;

public sealed class OperationsDocsTests
{
    [Fact]
    public void The_page_has_a_row_for_every_finding_about_the_server()
    {
        var table = new TableState("public.session", 1, IsTable: true, "", new TableShape(TableKind.Current, ""));
        var state = new SchemaState("app", "shop", true, true, true, true, table, table, []);
        var facts = new ServerFacts(false, "", false, false, "off", Autovacuum: false, false, 0, 0, TimeSpan.Zero, true, IsNotVacuumed: true);
        ProbeFinding[] findings =
        [
            ServerFindings.Server("17.2", "db:5432", "shop", "app", TimeSpan.Zero, TimeSpan.FromSeconds(1)),
            EncryptionFinding.Of("db", "Prefer", false, false, ""),
            ServerFindings.Pooler(false),
            SchemaFindings.Schema(state, "public"),
            SchemaFindings.Privileges(state, false, true),
            .. ServerFindings.Of(facts, "public.session", 1),
            NodesFinding.Alive(0),
        ];

        Assert.Equal(11, findings.Length);
        var page = Page();
        Assert.All(findings, f => Assert.Contains($"\n| `{f.Name}` |", page, StringComparison.Ordinal));
    }

    private static string Page()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "HybridSession.sln"))) folder = folder.Parent!;
        return File.ReadAllText(Path.Combine(folder.FullName, "docs", "operations.md")).ReplaceLineEndings("\n");
    }
}
