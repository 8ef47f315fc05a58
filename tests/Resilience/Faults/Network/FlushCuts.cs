using HybridSession.Resilience.Faults.Proxy;

namespace HybridSession.Resilience.Faults.Network;

/// <summary>Connections are cut, one after another, at random stages of a flush.</summary>
internal sealed class FlushCuts(FaultProxy proxy, IReadOnlyList<CutStage> stages, TimeSpan pause, int seed) : RepeatedFault
{
    // Rows of a COPY travel in several messages; a connection is seldom made.
    private const int MostMessages = 4;
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(1);

    private readonly Random _random = new(seed);
    private readonly Dictionary<CutStage, int> _cuts = [];

    /// <summary>How often each stage was cut.</summary>
    public string Summary => $"seed {seed}: {string.Join(", ", _cuts.OrderBy(c => c.Key).Select(c => $"{c.Key} {c.Value}"))}";

    protected override async Task RepeatAsync(CancellationToken stop)
    {
        while (await PauseAsync(pause, stop))
        {
            var stage = stages[_random.Next(stages.Count)];
            var nth = stage == CutStage.CopyData ? _random.Next(MostMessages) + 1 : 1;
            var cut = proxy.CutAsync(new Cut(stage, nth), AtMost);
            // The site keeps its connections: it makes one only when it has none.
            if (stage <= CutStage.FirstStatement) proxy.ResetAll();
            if (!await cut) continue;
            _cuts[stage] = _cuts.GetValueOrDefault(stage) + 1;
            Count();
        }
    }
}
