using HybridSession.Doctor;

namespace HybridSession.Core.Tests.Doctor;

public sealed class EngineFindingsTests
{
    private const long Gibibyte = 1024L * 1024 * 1024;

    [Fact]
    public void The_defaults_are_good_in_a_container_of_a_gibibyte()
    {
        var findings = EngineFindings.Of(new SessionEngineOptions(), Gibibyte).ToArray();

        Assert.All(findings, f => Assert.Equal(ProbeStatus.Good, f.Status));
        Assert.Equal(
            [
                "A change is stored within 0.2 s (MaxDirtyAge); responses do not wait for that (Durability=WriteBehind) unless their endpoint says otherwise.",
                "Sessions may use 256 MiB (MaxHotBytes) and 256 MiB while the store is away (MaxDirtyBytes), of 1024 MiB that the process has.",
            ],
            findings.Select(f => f.Observation));
    }

    [Fact]
    public void A_wait_that_is_shorter_than_the_promise_is_a_warning()
    {
        var options = new SessionEngineOptions { IOTimeout = TimeSpan.FromSeconds(1), MaxDirtyAge = TimeSpan.FromSeconds(2) };

        var warning = Assert.Single(EngineFindings.Of(options, Gibibyte), f => f.Status == ProbeStatus.Warning);

        Assert.Equal("promise", warning.Name);
        Assert.StartsWith("IOTimeout (1 s) is below MaxDirtyAge (2 s)", warning.Observation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Gibibyte, 0, ProbeStatus.Good)]
    [InlineData(Gibibyte, 1, ProbeStatus.Warning)]
    [InlineData(long.MaxValue, long.MaxValue, ProbeStatus.Warning)]
    public void Budgets_beyond_the_containers_limit_are_a_warning(long hot, long dirty, ProbeStatus expected)
    {
        var options = new SessionEngineOptions { MaxHotBytes = hot, MaxDirtyBytes = dirty };

        Assert.Equal(expected, EngineFindings.Of(options, Gibibyte).Single(f => f.Name == "memory").Status);
    }
}
