using System.Text;

namespace HybridSession;

/// <summary>What the <see cref="SessionDoctor"/> found. Its text is for people and holds no secret.</summary>
public sealed class DoctorReport
{
    private const string Indent = "  ";

    /// <summary>Makes a report.</summary>
    /// <param name="findings">In the order in which they are to be read.</param>
    public DoctorReport(IReadOnlyList<ProbeFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        Findings = findings;
        Status = findings.Select(static f => f.Status).DefaultIfEmpty(ProbeStatus.Good).Max();
    }

    /// <summary>Everything that was looked at, in the order in which it is to be read.</summary>
    public IReadOnlyList<ProbeFinding> Findings { get; }

    /// <summary>The worst of the findings; good when there are none.</summary>
    public ProbeStatus Status { get; }

    /// <summary>The report as text: a summary, then a line for each finding, and one more where there is something to do.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("Doctor: ").Append(Summary());
        var nameWidth = Findings.Count == 0 ? 0 : Findings.Max(static f => f.Name.Length);
        foreach (var finding in Findings)
        {
            var start = $"{Indent}{Mark(finding.Status),-7}{Indent}{finding.Name.PadRight(nameWidth)}{Indent}";
            text.AppendLine().Append(start).Append(Aligned(finding.Observation, start.Length));
            if (finding.Advice is { } advice) text.AppendLine().Append(' ', start.Length).Append("-> ").Append(Aligned(advice, start.Length + 3));
        }
        return text.ToString();
    }

    private string Summary()
    {
        var (failed, warnings) = (Count(ProbeStatus.Failed), Count(ProbeStatus.Warning));
        return (failed, warnings) switch
        {
            (0, 0) => $"all is good ({Many(Findings.Count, "finding")}).",
            (0, _) => $"{Many(warnings, "warning")} among {Many(Findings.Count, "finding")}.",
            (_, 0) => $"{failed} failed among {Many(Findings.Count, "finding")}.",
            _ => $"{failed} failed and {Many(warnings, "warning")} among {Many(Findings.Count, "finding")}.",
        };
    }

    private int Count(ProbeStatus status) => Findings.Count(f => f.Status == status);

    // What needs attention stands out without colours.
    private static string Mark(ProbeStatus status) => status switch
    {
        ProbeStatus.Good => "good",
        ProbeStatus.Warning => "WARNING",
        _ => "FAILED",
    };

    private static string Many(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    private static string Aligned(string text, int column) => text.ReplaceLineEndings(Environment.NewLine + new string(' ', column));
}
