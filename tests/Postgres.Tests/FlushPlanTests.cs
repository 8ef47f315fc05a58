using HybridSession.Postgres.Flush;
using Xunit;

namespace HybridSession.Postgres.Tests;

public sealed class FlushPlanTests
{
    private const int Large = 2_048;

    [Fact]
    public void Births_come_first_and_both_kinds_go_by_key()
    {
        SessionWrite[] batch = [Write(4, 1), Write(9, 0), Write(1, 1), Write(3, 0)];

        var plan = FlushPlan.Of(batch);

        Assert.Equal([3, 1, 2, 0], plan.Order);
        Assert.Equal(2, plan.Births);
        Assert.Equal([new FlushSegment(true, 0, 2), new FlushSegment(false, 2, 2)], plan.Split(batch, Large));
    }

    [Fact]
    public void A_key_that_occurs_twice_is_refused_also_as_birth_and_change()
    {
        Assert.Throws<ArgumentException>(() => FlushPlan.Of([Write(1, 0), Write(2, 0), Write(1, 1)]));
    }

    [Fact]
    public void A_large_row_gets_a_statement_of_its_own_at_its_place()
    {
        SessionWrite[] batch = [Write(1, 1), Write(2, 1), Write(3, 1, Large + 1), Write(4, 1), Write(5, 1, Large)];

        Assert.Equal([new FlushSegment(false, 0, 2), new FlushSegment(false, 2, 1), new FlushSegment(false, 3, 2)], FlushPlan.Of(batch).Split(batch, Large));
    }

    [Fact]
    public void A_statement_holds_at_most_a_thousand_rows_and_a_mebibyte()
    {
        var many = Enumerable.Range(0, 2_500).Select(i => Write(i, 1)).ToArray();
        var wide = Enumerable.Range(0, 700).Select(i => Write(i, 1, Large)).ToArray();

        Assert.Equal([1_000, 1_000, 500], FlushPlan.Of(many).Split(many, Large).Select(s => s.Count));
        Assert.Equal([512, 188], FlushPlan.Of(wide).Split(wide, Large).Select(s => s.Count));
    }

    [Fact]
    public void The_statements_cover_every_row_once()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var batch = Enumerable.Range(0, random.Next(1, 40)).Select(i => Write(i, random.Next(2), random.Next(5) == 0 ? Large + 1 : 10)).ToArray();
            var plan = FlushPlan.Of(batch);

            var place = 0;
            foreach (var segment in plan.Split(batch, Large))
            {
                Assert.Equal(place, segment.Start);
                Assert.InRange(segment.Count, 1, batch.Length);
                for (var i = segment.Start; i < segment.Start + segment.Count; i++) Assert.Equal(segment.IsBirth, batch[plan.Order[i]].IsBirth);
                place += segment.Count;
            }
            Assert.Equal(batch.Length, place);
        }
    }

    private static SessionWrite Write(int number, long from, int size = 10)
    {
        var key = new byte[SessionKey.ByteLength];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(key, number);
        return new SessionWrite(new SessionKey(key), new byte[size], from + 1, from, TimeSpan.FromMinutes(1));
    }
}
