using HybridSession.Core.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace HybridSession.Core.Tests.Doctor;

public sealed class SessionDoctorTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Findings_come_in_the_order_of_the_probes()
    {
        var report = await Doctor(_ => [Good("a"), Good("b")], _ => [], _ => [Good("c")]).ExamineAsync();

        Assert.Equal(["a", "b", "c"], report.Findings.Select(f => f.Name));
    }

    [Fact]
    public async Task A_probe_that_throws_is_a_warning_and_its_message_is_not_passed_on()
    {
        var report = await Doctor(_ => throw new NotSupportedException("Password=S3cr3t"), _ => [Good("c")]).ExamineAsync();

        Assert.Equal([("doctor", ProbeStatus.Warning), ("c", ProbeStatus.Good)], report.Findings.Select(f => (f.Name, f.Status)));
        Assert.Contains("ended with NotSupportedException", report.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("S3cr3t", report.ToString(), StringComparison.Ordinal);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_probe_that_does_not_end_is_a_warning(bool listens)
    {
        var examination = new SessionDoctor([new Endless(listens), new Probe(_ => [Good("c")])], _time).ExamineAsync();

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(examination.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        var report = await examination.Soon();
        Assert.Equal(["doctor", "c"], report.Findings.Select(f => f.Name));
        Assert.Contains("took longer than 10 s", report.Findings[0].Observation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_callers_token_ends_the_examination()
    {
        using var source = new CancellationTokenSource();
        var examination = new SessionDoctor([new Endless(listens: true)], _time).ExamineAsync(source.Token);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => examination.Soon());
    }

    private static ProbeFinding Good(string name) => ProbeFinding.Good(name, "Good.");

    private SessionDoctor Doctor(params Func<CancellationToken, IReadOnlyList<ProbeFinding>>[] probes) => new(probes.Select(p => new Probe(p)), _time);

    private sealed class Probe(Func<CancellationToken, IReadOnlyList<ProbeFinding>> examine) : IStartupProbe
    {
        public ValueTask<IReadOnlyList<ProbeFinding>> ExamineAsync(CancellationToken cancellationToken) => new(examine(cancellationToken));
    }

    private sealed class Endless(bool listens) : IStartupProbe
    {
        public async ValueTask<IReadOnlyList<ProbeFinding>> ExamineAsync(CancellationToken cancellationToken)
        {
            await new TaskCompletionSource().Task.WaitAsync(listens ? cancellationToken : CancellationToken.None);
            return [];
        }
    }
}
