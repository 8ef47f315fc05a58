namespace HybridSession.Cluster.Comparison;

/// <summary>Requests a second of three ways to run the same site, measured in turn in the same minute; a ratio for each turn.</summary>
internal sealed class Rates
{
    public List<double> Alone { get; init; } = [];

    public List<double> Sticky { get; init; } = [];

    public List<double> RoundRobin { get; init; } = [];

    /// <summary>The median of the turns' ratios to one node alone, the lowest and the highest.</summary>
    public static (double Median, double Lowest, double Highest) Ratio(IReadOnlyList<double> rates, IReadOnlyList<double> alone)
    {
        var ratios = rates.Zip(alone, (rate, reference) => rate / reference).Order().ToArray();
        return (ratios[ratios.Length / 2], ratios[0], ratios[^1]);
    }
}
