using HybridSession.Postgres.Doctor;
using Xunit;

namespace HybridSession.Postgres.Tests.Doctor;

public sealed class ServerFindingsTests
{
    [Theory, InlineData(50, ProbeStatus.Good), InlineData(51, ProbeStatus.Warning)]
    public void A_server_that_is_too_far_for_the_promise_is_a_warning(int milliseconds, ProbeStatus expected)
    {
        var finding = ServerFindings.Server("17.2", "db:5432", "shop", "app", TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromMilliseconds(200));

        Assert.Equal(expected, finding.Status);
        Assert.StartsWith($"PostgreSQL 17.2 at db:5432, database \"shop\", role \"app\"; a round trip takes {milliseconds}.0 ms", finding.Observation, StringComparison.Ordinal);
    }

    [Theory, InlineData(60, ProbeStatus.Good), InlineData(-60, ProbeStatus.Good), InlineData(61, ProbeStatus.Warning), InlineData(-61, ProbeStatus.Warning)]
    public void A_minute_between_the_clocks_is_tolerated(int seconds, ProbeStatus expected) =>
        Assert.Equal(expected, Find("clock", Facts with { ClockSkew = TimeSpan.FromSeconds(seconds) }).Status);

    [Theory, InlineData(10, ProbeStatus.Good), InlineData(9, ProbeStatus.Warning), InlineData(-3, ProbeStatus.Warning)]
    public void A_node_needs_room_for_its_connections(int free, ProbeStatus expected) =>
        Assert.Equal(expected, Find("connections", Facts with { FreeConnections = free }).Status);

    [Theory, InlineData("on"), InlineData("local"), InlineData("remote_write"), InlineData("remote_apply")]
    public void Every_level_of_synchronous_commit_but_off_is_good(string level) =>
        Assert.Equal((ProbeStatus.Good, $"On disk before they are answered (synchronous_commit = {level})."), (Find("commits", Facts with { SynchronousCommit = level }).Status, Find("commits", Facts with { SynchronousCommit = level }).Observation));

    private static ServerFacts Facts => new(true, "TLSv1.3", Fsync: true, FullPageWrites: true, "on", Autovacuum: true, MayUseTemporaryTables: true, MaxConnections: 100, FreeConnections: 90, TimeSpan.Zero, IsUnlogged: false, IsNotVacuumed: false);

    private static ProbeFinding Find(string name, ServerFacts facts) => ServerFindings.Of(facts, "public.session", wantedConnections: 10).Single(f => f.Name == name);
}
