using HybridSession.Expiration;

namespace HybridSession.Core.Tests.Engine;

public sealed class ExpirationPolicyTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan Absolute = TimeSpan.FromHours(12);
    private static readonly long IdleMs = (long)Idle.TotalMilliseconds;
    private static readonly long AbsoluteMs = (long)Absolute.TotalMilliseconds;

    [Theory]
    [InlineData(-1, null)]
    [InlineData(0, SessionOrigin.IdleExpired)]
    [InlineData(1, SessionOrigin.IdleExpired)]
    public void A_session_is_over_when_nobody_asked_for_it_for_the_idle_timeout(long beyondMs, SessionOrigin? over) =>
        Assert.Equal(over, new ExpirationPolicy(Idle, null).Judge(1_000 + IdleMs + beyondMs, new Lifespan(0, 1_000, default)));

    [Theory]
    [InlineData(-1, null)]
    [InlineData(0, SessionOrigin.AbsoluteExpired)]
    [InlineData(1, SessionOrigin.AbsoluteExpired)]
    public void A_busy_session_is_over_when_it_reaches_its_absolute_lifetime(long beyondMs, SessionOrigin? over)
    {
        var now = 1_000 + AbsoluteMs + beyondMs;
        Assert.Equal(over, new ExpirationPolicy(Idle, Absolute).Judge(now, new Lifespan(1_000, now, default)));
    }

    [Fact]
    public void Without_an_absolute_lifetime_a_busy_session_lives_on() =>
        Assert.Null(new ExpirationPolicy(Idle, null).Judge(long.MaxValue / 2, new Lifespan(0, long.MaxValue / 2, default)));

    [Fact]
    public void The_absolute_lifetime_is_the_reason_when_both_have_passed() =>
        Assert.Equal(SessionOrigin.AbsoluteExpired, new ExpirationPolicy(Idle, Absolute).Judge(AbsoluteMs * 2, new Lifespan(0, 0, default)));

    [Fact]
    public void The_expiry_is_the_end_of_the_idle_timeout_or_of_the_absolute_lifetime_whichever_comes_first()
    {
        var policy = new ExpirationPolicy(Idle, Absolute);

        Assert.Equal(5_000 + IdleMs, policy.ExpiresAtMs(new Lifespan(0, 5_000, default)));
        Assert.Equal(AbsoluteMs, policy.ExpiresAtMs(new Lifespan(0, AbsoluteMs - 10, default)));
    }

    [Theory]
    [InlineData(1, 1_000)]
    [InlineData(5, 1_000)]
    [InlineData(20, 2_000)]
    [InlineData(1_200, 120_000)]
    [InlineData(86_400, 8_640_000)]
    public void A_touch_is_due_when_the_stored_expiry_lags_by_a_tenth_of_the_idle_timeout_at_least_a_second(int idleSeconds, long slackMs)
    {
        var policy = new ExpirationPolicy(TimeSpan.FromSeconds(idleSeconds), null);

        Assert.False(policy.NeedsTouch(slackMs - 1, 0, default));
        Assert.True(policy.NeedsTouch(slackMs, 0, default));
    }

    [Theory]
    [InlineData(1, 500)]
    [InlineData(20, 1_000)]
    [InlineData(1_200, 30_000)]
    [InlineData(86_400, 30_000)]
    public void Touches_gather_for_half_the_slack_between_half_a_second_and_half_a_minute(int idleSeconds, long intervalMs) =>
        Assert.Equal(TimeSpan.FromMilliseconds(intervalMs), new ExpirationPolicy(TimeSpan.FromSeconds(idleSeconds), null).TouchInterval);

    [Theory]
    [InlineData(1, 0, null)]
    [InlineData(0, 0, SessionOrigin.IdleExpired)]
    [InlineData(-1, 0, SessionOrigin.IdleExpired)]
    [InlineData(1, 43_199_999, null)]
    [InlineData(1, 43_200_000, SessionOrigin.AbsoluteExpired)]
    [InlineData(-1, 43_200_001, SessionOrigin.AbsoluteExpired)]
    public void A_row_is_judged_by_the_durations_that_the_store_tells(long expiresInMs, long ageMs, SessionOrigin? over) =>
        Assert.Equal(over, new ExpirationPolicy(Idle, Absolute).JudgeStored(new StoredSession([], 1, TimeSpan.FromMilliseconds(expiresInMs), TimeSpan.FromMilliseconds(ageMs)), default));

    [Theory]
    [InlineData(59_999, null)]
    [InlineData(60_000, SessionOrigin.IdleExpired)]
    public void A_session_with_an_idle_timeout_of_its_own_is_judged_by_that(long restMs, SessionOrigin? over) =>
        Assert.Equal(over, new ExpirationPolicy(Idle, Absolute).Judge(restMs, new Lifespan(0, 0, new SessionTerms(60_000, null, null))));

    [Fact]
    public void A_session_with_a_lifetime_of_its_own_is_judged_by_that()
    {
        var policy = new ExpirationPolicy(Idle, Absolute);
        var longer = new SessionTerms(null, AbsoluteMs * 2, null);

        Assert.Null(policy.Judge(AbsoluteMs, new Lifespan(0, AbsoluteMs, longer)));
        Assert.Equal(SessionOrigin.AbsoluteExpired, policy.Judge(AbsoluteMs * 2, new Lifespan(0, AbsoluteMs * 2, longer)));
        Assert.Null(policy.Judge(AbsoluteMs * 100, new Lifespan(0, AbsoluteMs * 100, new SessionTerms(null, SessionTerms.NoLimit, null))));
        Assert.Null(policy.JudgeStored(new StoredSession([], 1, TimeSpan.FromMinutes(1), Absolute), longer));
        Assert.Equal(AbsoluteMs * 2, policy.ExpiresAtMs(new Lifespan(0, (AbsoluteMs * 2) - 10, longer)));
    }

    [Fact]
    public void The_row_of_a_session_that_may_rest_for_long_never_lags_by_as_much_as_the_pruner_waits()
    {
        var policy = new ExpirationPolicy(Idle, Absolute);
        var terms = new SessionTerms((long)TimeSpan.FromDays(30).TotalMilliseconds, SessionTerms.NoLimit, null);

        Assert.True(policy.NeedsTouch((long)policy.Grace.TotalMilliseconds / 2, 0, terms));
        Assert.False(policy.NeedsTouch(((long)policy.Grace.TotalMilliseconds / 2) - 1, 0, terms));
    }

    [Fact]
    public void The_touch_of_a_session_that_may_rest_for_a_moment_only_does_not_wait_for_the_others()
    {
        var policy = new ExpirationPolicy(Idle, Absolute);

        Assert.Equal(500, policy.TouchIntervalMs(new SessionTerms(5_000, null, null)));
        Assert.Equal(30_000, policy.TouchIntervalMs(default));
    }
}
