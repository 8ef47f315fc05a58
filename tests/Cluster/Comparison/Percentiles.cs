namespace HybridSession.Cluster.Comparison;

/// <summary>Of a series of times.</summary>
/// <param name="P50">In milliseconds.</param>
/// <param name="P99">In milliseconds.</param>
internal readonly record struct Percentiles(double P50, double P99)
{
    public static Percentiles Of(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Select(t => t.TotalMilliseconds).Order().ToArray();
        return new Percentiles(At(sorted, 0.50), At(sorted, 0.99));
    }

    // Nearest rank.
    private static double At(double[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
