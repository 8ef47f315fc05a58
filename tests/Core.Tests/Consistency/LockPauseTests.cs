using HybridSession.Consistency;

namespace HybridSession.Core.Tests.Consistency;

public sealed class LockPauseTests
{
    [Theory, InlineData(0.0, 10, 10, 10, 10, 10), InlineData(0.5, 15, 25, 45, 55, 55), InlineData(1.0, 20, 40, 80, 100, 100)]
    public void Pauses_grow_and_stay_between_10_and_100_milliseconds(double drawn, params int[] expected)
    {
        var pause = new LockPause(() => drawn);

        Assert.Equal(expected, expected.Select(_ => (int)pause.Next().TotalMilliseconds));
    }
}
