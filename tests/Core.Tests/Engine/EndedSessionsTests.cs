using HybridSession.Hot;

namespace HybridSession.Core.Tests.Engine;

public sealed class EndedSessionsTests
{
    [Fact]
    public void An_ending_is_remembered_with_its_reason_for_a_minute()
    {
        var ended = new EndedSessions();
        var key = Key();
        ended.Add(key, SessionOrigin.Replaced, 1_000);

        Assert.True(ended.TryGet(key, 1_000, out var reason));
        Assert.Equal(SessionOrigin.Replaced, reason);
        Assert.True(ended.TryGet(key, 1_000 + EndedSessions.RememberMs - 1, out _));
        Assert.False(ended.TryGet(key, 1_000 + EndedSessions.RememberMs, out _));
    }

    [Fact]
    public void A_key_that_never_ended_is_not_remembered() => Assert.False(new EndedSessions().TryGet(Key(), 0, out _));

    [Fact]
    public void A_key_that_ends_again_is_remembered_from_then_on_for_its_newer_reason()
    {
        var ended = new EndedSessions();
        var key = Key();
        ended.Add(key, SessionOrigin.Removed, 0);
        ended.Add(key, SessionOrigin.Replaced, EndedSessions.RememberMs / 2);
        // Lets go of the first entry.
        ended.Add(Key(), SessionOrigin.Removed, EndedSessions.RememberMs);

        Assert.True(ended.TryGet(key, EndedSessions.RememberMs + 1, out var reason));
        Assert.Equal(SessionOrigin.Replaced, reason);
    }

    [Fact]
    public void Not_more_than_a_hundred_thousand_endings_are_remembered_the_oldest_go_first()
    {
        var ended = new EndedSessions();
        var first = Key();
        ended.Add(first, SessionOrigin.Removed, 0);
        SessionKey last = default;
        for (var i = 0; i < 100_000; i++) ended.Add(last = Key(), SessionOrigin.Removed, 0);

        Assert.False(ended.TryGet(first, 0, out _));
        Assert.True(ended.TryGet(last, 0, out _));
    }

    private static SessionKey Key() => SessionKey.FromToken(SessionToken.Create());
}
