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
        Assert.Equal(over, new ExpirationPolicy(Idle, null).Judge(1_000 + IdleMs + beyondMs, lastAccessMs: 1_000, createdMs: 0));

    [Theory]
    [InlineData(-1, null)]
    [InlineData(0, SessionOrigin.AbsoluteExpired)]
    [InlineData(1, SessionOrigin.AbsoluteExpired)]
    public void A_busy_session_is_over_when_it_reaches_its_absolute_lifetime(long beyondMs, SessionOrigin? over)
    {
        var now = 1_000 + AbsoluteMs + beyondMs;
        Assert.Equal(over, new ExpirationPolicy(Idle, Absolute).Judge(now, lastAccessMs: now, createdMs: 1_000));
    }

    [Fact]
    public void Without_an_absolute_lifetime_a_busy_session_lives_on() =>
        Assert.Null(new ExpirationPolicy(Idle, null).Judge(long.MaxValue / 2, lastAccessMs: long.MaxValue / 2, createdMs: 0));

    [Fact]
    public void The_absolute_lifetime_is_the_reason_when_both_have_passed() =>
        Assert.Equal(SessionOrigin.AbsoluteExpired, new ExpirationPolicy(Idle, Absolute).Judge(AbsoluteMs * 2, lastAccessMs: 0, createdMs: 0));

    [Fact]
    public void The_expiry_is_the_end_of_the_idle_timeout_or_of_the_absolute_lifetime_whichever_comes_first()
    {
        var policy = new ExpirationPolicy(Idle, Absolute);

        Assert.Equal(5_000 + IdleMs, policy.ExpiresAtMs(lastAccessMs: 5_000, createdMs: 0));
        Assert.Equal(AbsoluteMs, policy.ExpiresAtMs(lastAccessMs: AbsoluteMs - 10, createdMs: 0));
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

        Assert.False(policy.NeedsTouch(slackMs - 1, 0));
        Assert.True(policy.NeedsTouch(slackMs, 0));
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
        Assert.Equal(over, new ExpirationPolicy(Idle, Absolute).JudgeStored(new StoredSession([], 1, TimeSpan.FromMilliseconds(expiresInMs), TimeSpan.FromMilliseconds(ageMs))));
}
