using HybridSession.Cluster.Comparison;
using HybridSession.Resilience.Report;

namespace HybridSession.Cluster.Report;

/// <summary>Writes the tables of <c>docs/cluster.md</c> from what the long run has left. Runs only when asked for, by <c>run.sh</c>.</summary>
public class ClusterPageWriter
{
    public static string Page => Path.Combine(Repository.Root, "docs", "cluster.md");

    [Fact(Explicit = true)]
    public void Write_the_tables_of_the_document()
    {
        var (records, comparison) = (ClusterRecord.ReadAll(), ComparisonRecord.Read());
        Assert.NotEmpty(records);
        Assert.All(records.Select(r => r.Length).Append(comparison.Length), length => Assert.Equal("long", length));
        File.WriteAllText(Page, ClusterPage.Update(File.ReadAllText(Page), records, comparison));
    }
}
