using Xunit;

namespace HybridSession.Middleware.Tests.Migration;

public class StockPayloadTests
{
    private static readonly byte[] Good = [2, 0, 0, 2, .. new byte[16], 0, 1, (byte)'a', 0, 0, 0, 2, 7, 8, 0, 1, (byte)'b', 0, 0, 0, 0];

    [Fact]
    public void A_whole_payload_is_read_and_can_be_marked()
    {
        Assert.True(StockPayload.TryParse(Good, 1024, 2, out var entries));
        Assert.Equal([7, 8], entries["a"]);
        Assert.Empty(entries["b"]);
        Assert.False(StockPayload.IsReplaced(Good));

        var marked = StockPayload.MarkReplaced(Good);
        Assert.True(StockPayload.TryParse(marked, 1024, 2, out _));
        Assert.True(StockPayload.IsReplaced(marked));
    }

    [Fact]
    public void Limits_hold()
    {
        Assert.False(StockPayload.TryParse(Good, Good.Length - 1, 2, out _));
        Assert.False(StockPayload.TryParse(Good, 1024, 1, out _));
    }

    [Fact]
    public void A_cut_payload_is_refused_wherever_it_is_cut()
    {
        for (var length = 0; length < Good.Length; length++) Assert.False(StockPayload.TryParse(Good.AsSpan(0, length), 1024, 2, out _), $"{length}");
        Assert.False(StockPayload.TryParse([.. Good, 0], 1024, 2, out _));
        Assert.False(StockPayload.TryParse([.. Good, 1, 1], 1024, 2, out _));
    }

    [Fact]
    public void Damage_is_refused_or_read_as_what_it_says_and_never_throws()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var damaged = Good.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            if (!StockPayload.TryParse(damaged, 1024, 2, out var entries)) continue;
            Assert.True(entries.Count <= 2 && entries.Sum(e => e.Value.Length) <= damaged.Length, $"seed {seed}, round {round}");
            _ = StockPayload.IsReplaced(damaged);
        }
    }
}
