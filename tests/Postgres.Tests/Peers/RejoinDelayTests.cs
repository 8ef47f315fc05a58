using HybridSession.Postgres.Peers;

namespace HybridSession.Postgres.Tests.Peers;

public sealed class RejoinDelayTests
{
    [Fact]
    public void The_pause_grows_up_to_two_seconds()
    {
        var delay = new RejoinDelay(() => 1);

        Assert.Equal([100, 200, 400, 800, 1600, 2000, 2000], Enumerable.Range(0, 7).Select(_ => delay.Next().TotalMilliseconds));
    }

    [Fact]
    public void The_pause_is_drawn_and_never_shorter_than_fifty_milliseconds()
    {
        var delay = new RejoinDelay(() => 0);

        Assert.Equal([50, 50, 50], Enumerable.Range(0, 3).Select(_ => delay.Next().TotalMilliseconds));
        Assert.Equal([75, 125], Draw(0.5, 2));

        static IEnumerable<double> Draw(double random, int count)
        {
            var drawn = new RejoinDelay(() => random);
            return Enumerable.Range(0, count).Select(_ => drawn.Next().TotalMilliseconds);
        }
    }

    [Fact]
    public void A_connection_that_lasted_begins_anew()
    {
        var delay = new RejoinDelay(() => 1);
        delay.Next();
        delay.Next();

        delay.Reset();

        Assert.Equal(100, delay.Next().TotalMilliseconds);
    }
}
