using Xunit;

namespace HybridSession.Middleware.Tests.Doctor;

public class ShutdownFindingsTests
{
    // One attempt to store may take 3 seconds.
    [Theory]
    [InlineData(30, 0, ProbeStatus.Good, "The host gives 30 s to stop (HostOptions.ShutdownTimeout).")]
    [InlineData(3, 0, ProbeStatus.Good, "The host gives 3 s to stop (HostOptions.ShutdownTimeout).")]
    [InlineData(2, 0, ProbeStatus.Warning, "The host gives 2 s to stop (HostOptions.ShutdownTimeout), and one attempt to store may take 3 s (Resilience:Flushes:AttemptTimeout): changes may be lost at a normal stop.")]
    [InlineData(30, 27, ProbeStatus.Good, "The host gives 30 s to stop (HostOptions.ShutdownTimeout), of which 27 s are for load balancers (DrainDelay).")]
    [InlineData(30, 28, ProbeStatus.Warning, "The host gives 30 s to stop (HostOptions.ShutdownTimeout), of which 28 s are for load balancers (DrainDelay), and one attempt to store may take 3 s (Resilience:Flushes:AttemptTimeout): changes may be lost at a normal stop.")]
    [InlineData(30, 60, ProbeStatus.Warning, "The host gives 30 s to stop (HostOptions.ShutdownTimeout), of which 60 s are for load balancers (DrainDelay), and one attempt to store may take 3 s (Resilience:Flushes:AttemptTimeout): changes may be lost at a normal stop.")]
    public void The_host_must_leave_time_for_load_balancers_and_for_an_attempt_to_store(int timeout, int drain, ProbeStatus status, string expected)
    {
        var finding = ShutdownFindings.Of(TimeSpan.FromSeconds(timeout), new HybridSessionOptions { DrainDelay = TimeSpan.FromSeconds(drain) });

        Assert.Equal(("shutdown", status, expected), (finding.Name, finding.Status, finding.Observation));
        Assert.Equal(status == ProbeStatus.Warning && drain > 0, finding.Advice?.Contains("or lower DrainDelay", StringComparison.Ordinal) ?? false);
    }
}
