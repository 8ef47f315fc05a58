namespace HybridSession.Cluster.Comparison;

public class PercentilesTests
{
    [Fact]
    public void Percentiles_are_by_the_nearest_rank()
    {
        var times = Enumerable.Range(1, 200).Reverse().Select(i => TimeSpan.FromMilliseconds(i));

        Assert.Equal(new Percentiles(100, 198), Percentiles.Of(times));
        Assert.Equal(new Percentiles(7, 7), Percentiles.Of([TimeSpan.FromMilliseconds(7)]));
    }

    [Fact]
    public void A_ratio_is_the_median_of_the_turns() => Assert.Equal((0.5, 0.2, 0.9), Rates.Ratio([50, 20, 90], [100, 100, 100]));
}
