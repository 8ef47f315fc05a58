using HybridSession.Resilience.Scenarios;

namespace HybridSession.Resilience.Report;

/// <summary>Writes the table of <c>docs/resilience.md</c> from the records of the scenarios. Runs only when asked for, by <c>run.sh</c>.</summary>
public class TableWriter
{
    [Fact(Explicit = true)]
    public void Write_the_table_of_the_document()
    {
        var records = FaultRecord.ReadAll();
        Assert.NotEmpty(records);
        Assert.All(records, r => Assert.Equal("long", r.Length));
        File.WriteAllText(Repository.Document, ResilienceTable.Update(File.ReadAllText(Repository.Document), FaultRow.All, records));
    }
}
