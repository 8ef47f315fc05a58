using System.Diagnostics;
using HybridSession.Cluster.Load;
using HybridSession.Cluster.Site;
using HybridSession.Resilience.History;

namespace HybridSession.Cluster.Scenarios;

/// <summary>All nodes come to show the same of every session, by themselves and soon after the last change.</summary>
internal static class Convergence
{
    // What a message and a look at the row may take on a busy machine, beyond the promise of a flush.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static async Task ReachAsync(Audience audience, NodeGroup group)
    {
        var expected = audience.Log.Snapshot().Where(o => o is { Kind: OperationKind.Set, Outcome: Outcome.Ok }).GroupBy(o => (o.Session, o.Register)).ToDictionary(g => g.Key, g => g.Max(o => o.Value));
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var asked = clock.Elapsed;
            var missing = await MissingAsync(audience, group, expected);
            if (missing.Count == 0) return;
            if (asked > group.Settings.MaxDirtyAge + Margin) Assert.Fail($"{missing.Count} registers are older than what was acknowledged, {asked.TotalMilliseconds:0} ms after the last change; the first: {missing[0]}");
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<List<string>> MissingAsync(Audience audience, NodeGroup group, Dictionary<(int Session, string Register), long> expected)
    {
        List<string> missing = [];
        foreach (var node in group.Addresses)
        {
            var shown = (await audience.ReadAsync(node, withStamp: true)).Current;
            missing.AddRange(expected.Where(e => (shown[e.Key.Session]?.GetValueOrDefault(e.Key.Register) ?? 0) < e.Value).Select(e => $"session {e.Key.Session} {e.Key.Register}={e.Value} at {node}"));
        }

        return missing;
    }
}
