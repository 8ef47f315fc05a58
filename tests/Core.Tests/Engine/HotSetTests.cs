using HybridSession.Hot;
using HybridSession.Payload;

namespace HybridSession.Core.Tests.Engine;

public sealed class HotSetTests
{
    private static readonly NodeId Node = NodeId.Create();

    [Fact]
    public void A_session_that_was_admitted_is_found_by_its_token()
    {
        using var hot = new HotSet(1 << 20, TimeSpan.FromMinutes(20));
        var session = Session(100);

        hot.Admit(session);

        Assert.True(hot.TryGet(session.TokenText, out var found));
        Assert.Same(session, found);
        Assert.Equal(session.SizeBytes, hot.Bytes);
    }

    [Fact]
    public void The_budget_holds_whatever_is_admitted()
    {
        using var hot = new HotSet(100_000, TimeSpan.FromMinutes(20));

        for (var i = 0; i < 1_000; i++)
        {
            hot.Admit(Session(1_000));
            Assert.InRange(hot.Bytes, 0, hot.MaxBytes);
        }

        Assert.InRange(hot.Count, 1, 100);
    }

    [Fact]
    public void A_session_larger_than_the_budget_is_not_kept_and_pushes_nobody_out()
    {
        using var hot = new HotSet(10_000, TimeSpan.FromMinutes(20));
        var small = Session(10);
        hot.Admit(small);

        hot.Admit(Session(20_000));

        Assert.InRange(hot.Bytes, 0, hot.MaxBytes);
    }

    [Fact]
    public void A_session_that_grew_markedly_counts_with_its_new_size_when_it_is_admitted_again()
    {
        using var hot = new HotSet(1 << 20, TimeSpan.FromMinutes(20));
        var session = Session(100);
        hot.Admit(session);
        Replace(session, 5_000);

        hot.Admit(session);

        Assert.Equal(session.SizeBytes, hot.Bytes);
        Assert.Equal(1, hot.Count);
    }

    [Fact]
    public void A_session_that_grew_a_little_is_not_admitted_anew()
    {
        using var hot = new HotSet(1 << 20, TimeSpan.FromMinutes(20));
        var session = Session(1_000);
        hot.Admit(session);
        var before = hot.Bytes;
        Replace(session, 1_050);

        hot.Admit(session);

        Assert.Equal(before, hot.Bytes);
    }

    [Fact]
    public void Evicting_one_object_leaves_another_under_the_same_token()
    {
        using var hot = new HotSet(1 << 20, TimeSpan.FromMinutes(20));
        var session = Session(10);
        var second = new LiveSession(session.Token, session.Key, session.TokenText, session.Payload, 1, 0, 0, 0);
        hot.Admit(second);

        hot.Evict(session);
        Assert.True(hot.TryGet(session.TokenText, out var found));
        Assert.Same(second, found);
        hot.Evict(second);

        Assert.False(hot.TryGet(session.TokenText, out _));
        Assert.Equal(0, hot.Bytes);
    }

    [Fact]
    public void Compacting_takes_the_given_share_out()
    {
        using var hot = new HotSet(1 << 20, TimeSpan.FromMinutes(20));
        for (var i = 0; i < 100; i++) hot.Admit(Session(10));

        hot.Compact(0.5);
        Assert.Equal(50, hot.Count);
        hot.Compact(1.0);

        Assert.Equal(0, hot.Count);
        Assert.Equal(0, hot.Bytes);
    }

    private static LiveSession Session(int bytes)
    {
        var token = SessionToken.Create();
        var session = new LiveSession(token, SessionKey.FromToken(token), token.Encode(), PackedSession.Empty, 1, 0, 0, 0);
        Replace(session, bytes);
        return session;
    }

    private static void Replace(LiveSession session, int bytes) =>
        Assert.True(session.TryReplace(session.Payload, session.Payload.Set("a"u8, new byte[bytes], session.Payload.Version + 1, Node)));
}
