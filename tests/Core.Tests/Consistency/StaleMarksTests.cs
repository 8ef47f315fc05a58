using HybridSession.Consistency;

namespace HybridSession.Core.Tests.Consistency;

public sealed class StaleMarksTests
{
    [Fact]
    public void A_copy_is_stale_when_its_session_was_marked_after_it_was_read()
    {
        var marks = new StaleMarks();
        var before = marks.Next();
        marks.Mark(42);
        var after = marks.Next();

        Assert.True(marks.IsMarked(42, before));
        Assert.False(marks.IsMarked(42, after));
        Assert.False(marks.IsMarked(43, before));
    }

    [Fact]
    public void A_mark_is_not_lost_when_others_take_its_place()
    {
        var marks = new StaleMarks(places: 4);
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        Dictionary<ulong, long> markedAt = [];
        for (var i = 0; i < 2_000; i++)
        {
            var session = (ulong)random.Next(50);
            marks.Mark(session);
            markedAt[session] = marks.Now;

            var asked = (ulong)random.Next(50);
            var readAt = random.NextInt64(marks.Now + 1);
            if (markedAt.TryGetValue(asked, out var at) && at > readAt) Assert.True(marks.IsMarked(asked, readAt), $"Seed {seed}, step {i}");
        }
    }

    [Fact]
    public void Marking_all_marks_each_copy_that_was_read_before()
    {
        var marks = new StaleMarks();
        var before = marks.Next();
        marks.MarkAll();

        Assert.True(marks.MayBeMissing(before));
        Assert.False(marks.MayBeMissing(marks.Next()));
    }

    [Fact]
    public async Task A_mark_that_is_made_while_somebody_looks_is_seen_at_the_latest_when_it_is_done()
    {
        var marks = new StaleMarks(places: 1);
        var isOver = false;
        var noise = Task.Run(() =>
        {
            while (!Volatile.Read(ref isOver)) marks.Mark(1);
        });

        for (var i = 0; i < 100_000; i++)
        {
            var readAt = marks.Next();
            marks.Mark(2);
            Assert.True(marks.IsMarked(2, readAt));
        }

        Volatile.Write(ref isOver, true);
        await noise;
    }
}
