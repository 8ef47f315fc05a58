using HybridSession.Resilience.Faults.Network;
using HybridSession.Resilience.Faults.Proxy;
using HybridSession.Resilience.Load;
using HybridSession.Resilience.Site;
using Xunit;

namespace HybridSession.Resilience.Scenarios;

/// <summary>The connection breaks at every stage of a flush, by chance.</summary>
public class CutPointTests(ControlledServer server)
{
    private const string Promise = "A flush can be repeated from any point: nothing acknowledged is lost, nothing is stored twice";

    private static readonly CutStage[] CopyStages =
    [
        CutStage.Connect, CutStage.Startup, CutStage.FirstStatement, CutStage.Begin, CutStage.Copy, CutStage.CopyData, CutStage.CopyData, CutStage.CopyDone,
        CutStage.Merge, CutStage.Commit, CutStage.CommitSent, CutStage.CommitAnswered, CutStage.CommitAnswer,
    ];

    private static readonly CutStage[] ArrayStages =
    [
        CutStage.Connect, CutStage.Startup, CutStage.FirstStatement, CutStage.Write, CutStage.Commit, CutStage.CommitSent, CutStage.CommitAnswered, CutStage.CommitAnswer,
    ];

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("cut-copy", "The connection is cut at random stages of a flush by COPY: before each message, after COMMIT, within its answer", Promise)]
    public Task A_flush_by_copy_may_be_cut_anywhere(Durability level) => RunAsync(level, "Copy", CopyStages);

    [Theory]
    [InlineData(Durability.WriteBehind)]
    [InlineData(Durability.Durable)]
    [FaultRow("cut-arrays", "The same in a flush by arrays", Promise)]
    public Task A_flush_by_arrays_may_be_cut_anywhere(Durability level) => RunAsync(level, "Arrays", ArrayStages);

    private async Task RunAsync(Durability level, string method, CutStage[] stages)
    {
        FaultProxy? proxy = null;
        FlushCuts? cuts = null;
        var plan = Promises.Plan(level) with
        {
            QuickLevel = Durability.Durable,
            Crowd = new CrowdOptions { Growth = 2_000, Largest = 2_000 },
            During = Length.Seconds(1.5, 60),
            Rounds = 1,
            Site = settings =>
            {
                proxy = FaultProxy.Start(settings.ConnectionString);
                return settings with { ConnectionString = proxy.Through(settings.ConnectionString), Extra = new Dictionary<string, string> { ["HybridSession:Postgres:FlushMethod"] = method } };
            },
        };
        try
        {
            await Scenario.RunAsync(server, plan, _ => cuts = new FlushCuts(proxy!, stages, TimeSpan.FromMilliseconds(150), Random.Shared.Next()));
        }
        finally
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"Cut {cuts?.Times} times: {cuts?.Summary}");
            if (proxy is not null) await proxy.DisposeAsync();
        }

        Assert.True(cuts!.Times >= Length.Of(3, 100), $"Only {cuts.Times} cuts.");
    }
}
