using HybridSession.WriteBehind;

namespace HybridSession.Core.Tests.Engine;

public sealed class FlushScheduleTests
{
    private static readonly TimeSpan MaxDirtyAge = TimeSpan.FromMilliseconds(200);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    [InlineData(90)]
    public void A_change_is_stored_within_MaxDirtyAge_as_soon_as_one_latency_is_known(int latencyMs)
    {
        var schedule = new FlushSchedule(MaxDirtyAge, 100);
        var latency = TimeSpan.FromMilliseconds(latencyMs);

        for (var i = 0; i < 20; i++)
        {
            schedule.Succeeded(latency);
            Assert.True(Delay(schedule) + latency <= MaxDirtyAge, $"delay {Delay(schedule)} and latency {latency}");
        }
    }

    [Fact]
    public void A_flush_starts_at_once_when_the_store_is_too_slow_for_the_promise()
    {
        var schedule = new FlushSchedule(MaxDirtyAge, 100);

        schedule.Succeeded(TimeSpan.FromMilliseconds(150));

        Assert.Equal(TimeSpan.Zero, Delay(schedule));
    }

    [Fact]
    public void A_faster_store_gives_more_time_to_gather()
    {
        var schedule = new FlushSchedule(MaxDirtyAge, 100);
        schedule.Succeeded(TimeSpan.FromMilliseconds(80));
        var slow = Delay(schedule);

        for (var i = 0; i < 20; i++) schedule.Succeeded(TimeSpan.FromMilliseconds(5));

        Assert.True(Delay(schedule) > slow);
    }

    [Fact]
    public void A_flush_never_waits_longer_than_the_oldest_change_may()
    {
        var schedule = new FlushSchedule(MaxDirtyAge, 100);

        for (var age = 0; age <= 400; age += 10)
        {
            var delay = Delay(schedule, age: TimeSpan.FromMilliseconds(age));
            Assert.True(delay >= TimeSpan.Zero);
            Assert.True(age > 200 ? delay == TimeSpan.Zero : delay + TimeSpan.FromMilliseconds(age) <= MaxDirtyAge);
        }
    }

    [Fact]
    public void A_flush_that_somebody_waits_for_starts_at_once() => Assert.Equal(TimeSpan.Zero, Delay(new FlushSchedule(MaxDirtyAge, 100), urgent: true));

    [Fact]
    public void A_full_batch_starts_at_once()
    {
        var schedule = new FlushSchedule(MaxDirtyAge, 100);

        Assert.True(Delay(schedule, count: 99) > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, Delay(schedule, count: 100));
    }

    [Fact]
    public void The_pause_after_failures_doubles_has_jitter_and_is_bounded()
    {
        var schedule = new FlushSchedule(MaxDirtyAge, 100);
        var expected = 100.0;

        for (var failures = 1; failures <= 100; failures++)
        {
            schedule.Failed(1, tooSlow: false);
            Assert.Equal(TimeSpan.FromMilliseconds(expected / 2), Delay(schedule, jitter: 0));
            Assert.Equal(TimeSpan.FromMilliseconds(expected), Delay(schedule, jitter: 1));
            Assert.InRange(Delay(schedule, jitter: 0.3), TimeSpan.FromMilliseconds(expected / 2), TimeSpan.FromMilliseconds(expected));
            expected = Math.Min(expected * 2, 1_000);
        }
    }

    [Fact]
    public void A_flush_that_was_not_finished_in_time_halves_the_batch_and_one_that_was_doubles_it()
    {
        var schedule = new FlushSchedule(MaxDirtyAge, 100);
        Assert.Equal(100, schedule.BatchSize);

        schedule.Failed(100, tooSlow: false);
        Assert.Equal(100, schedule.BatchSize);
        schedule.Failed(100, tooSlow: true);
        Assert.Equal(50, schedule.BatchSize);
        schedule.Failed(10, tooSlow: true);
        Assert.InRange(schedule.BatchSize, 3, 5);
        for (var i = 0; i < 20; i++) schedule.Failed(schedule.BatchSize, tooSlow: true);
        Assert.Equal(1, schedule.BatchSize);

        for (var i = 0; i < 7; i++) schedule.Succeeded(TimeSpan.FromMilliseconds(1));
        Assert.Equal(100, schedule.BatchSize);
    }

    [Fact]
    public void The_pause_after_a_failure_counts_from_its_end()
    {
        var schedule = new FlushSchedule(MaxDirtyAge, 100);
        schedule.Failed(1, tooSlow: false);

        Assert.Equal(TimeSpan.FromMilliseconds(60), Delay(schedule, jitter: 1, sinceFailure: TimeSpan.FromMilliseconds(40)));
        Assert.Equal(TimeSpan.Zero, Delay(schedule, jitter: 1, sinceFailure: TimeSpan.FromMilliseconds(101)));
    }

    [Fact]
    public void A_success_ends_the_pause()
    {
        var schedule = new FlushSchedule(MaxDirtyAge, 100);
        for (var i = 0; i < 10; i++) schedule.Failed(1, tooSlow: false);
        Assert.Equal(10, schedule.ConsecutiveFailures);

        schedule.Succeeded(TimeSpan.FromMilliseconds(1));

        Assert.Equal(0, schedule.ConsecutiveFailures);
        Assert.True(Delay(schedule) <= MaxDirtyAge);
    }

    // A timer counts whole milliseconds: a fraction would be no wait at all, again and again.
    [Fact]
    public void A_delay_is_never_a_fraction_of_a_millisecond()
    {
        var schedule = new FlushSchedule(MaxDirtyAge, 100);
        for (var i = 0; i < 50; i++)
        {
            schedule.Succeeded(TimeSpan.FromMilliseconds(30 + (i * 0.37)));
            for (var age = 0; age < 200; age++) Assert.Equal(0, Delay(schedule, age: TimeSpan.FromMilliseconds(age)).Ticks % TimeSpan.TicksPerMillisecond);
        }

        schedule.Failed(1, tooSlow: false);
        for (var i = 0; i < 100; i++) Assert.Equal(0, Delay(schedule, jitter: i / 100.0).Ticks % TimeSpan.TicksPerMillisecond);
    }

    private static TimeSpan Delay(FlushSchedule schedule, int count = 1, TimeSpan age = default, bool urgent = false, TimeSpan sinceFailure = default, double jitter = 0.5) =>
        schedule.DelayBeforeFlush(count, age, urgent, sinceFailure, jitter);
}
