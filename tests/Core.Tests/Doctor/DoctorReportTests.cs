namespace HybridSession.Core.Tests.Doctor;

public sealed class DoctorReportTests
{
    [Fact]
    public void A_report_is_read_at_a_glance()
    {
        var report = new DoctorReport(
        [
            ProbeFinding.Good("server", "PostgreSQL 17.2 at db:5432, database \"shop\", role \"app\"; a round trip takes 0.4 ms."),
            ProbeFinding.Warning("encryption", "Not encrypted (SSL Mode=Prefer): whoever is on the way reads every session.", "Enable ssl on the server."),
            ProbeFinding.Failed("schema", "The table public.session does not exist.", "Run:\nbegin;\ncommit;"),
            ProbeFinding.Failed("privileges", "Too few.", null),
        ]);

        Assert.Equal(ProbeStatus.Failed, report.Status);
        Assert.Equal(
            """
            Doctor: 2 failed and 1 warning among 4 findings.
              good     server      PostgreSQL 17.2 at db:5432, database "shop", role "app"; a round trip takes 0.4 ms.
              WARNING  encryption  Not encrypted (SSL Mode=Prefer): whoever is on the way reads every session.
                                   -> Enable ssl on the server.
              FAILED   schema      The table public.session does not exist.
                                   -> Run:
                                      begin;
                                      commit;
              FAILED   privileges  Too few.
            """.ReplaceLineEndings(),
            report.ToString());
    }

    [Fact]
    public void The_summary_counts_what_needs_attention()
    {
        var good = ProbeFinding.Good("a", "Good.");
        var warning = ProbeFinding.Warning("b", "Odd.", "Look.");
        var failed = ProbeFinding.Failed("c", "Bad.", "Mend.");

        Assert.Equal((ProbeStatus.Good, "Doctor: all is good (0 findings)."), Head());
        Assert.Equal((ProbeStatus.Good, "Doctor: all is good (1 finding)."), Head(good));
        Assert.Equal((ProbeStatus.Warning, "Doctor: 2 warnings among 3 findings."), Head(warning, good, warning));
        Assert.Equal((ProbeStatus.Failed, "Doctor: 1 failed among 2 findings."), Head(failed, good));

        static (ProbeStatus, string) Head(params ProbeFinding[] findings)
        {
            var report = new DoctorReport(findings);
            return (report.Status, report.ToString().Split(Environment.NewLine)[0]);
        }
    }

    [Fact]
    public void A_finding_without_words_is_refused()
    {
        Assert.Throws<ArgumentException>(() => ProbeFinding.Good("", "Good."));
        Assert.Throws<ArgumentException>(() => ProbeFinding.Good("name", " "));
    }
}
