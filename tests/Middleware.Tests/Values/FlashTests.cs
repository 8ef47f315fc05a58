using HybridSession.Core.Tests.Doubles;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware.Tests.Values;

public class FlashTests
{
    private static readonly FlashMessage Saved = new(FlashLevel.Success, "Saved");
    private static readonly FlashMessage Careful = new(FlashLevel.Warning, "Careful");

    [Fact]
    public async Task A_message_is_shown_once_after_the_redirect()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        app.Routes["/save"] = context =>
        {
            context.GetHybridSession().Flash(FlashLevel.Success, "Saved");
            context.Response.Redirect("/list");
            return Task.CompletedTask;
        };
        app.Routes["/list"] = context => context.Response.WriteAsync(string.Join(';', context.GetHybridSession().TakeFlashes()));

        var saved = await visitor.SendAsync(HttpMethod.Post, "/save");
        var first = await visitor.GetAsync(saved.Headers.Location!.ToString());
        var second = await visitor.GetAsync("/list");

        Assert.Equal(302, (int)saved.StatusCode);
        Assert.Equal(Saved.ToString(), await first.Content.ReadAsStringAsync());
        Assert.Equal("", await second.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Messages_keep_level_and_order_and_may_be_equal()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        FlashMessage[] all = [new(FlashLevel.Error, "a"), new(FlashLevel.Info, "b"), new(FlashLevel.Error, "a"), Careful, Saved, new(FlashLevel.Info, "")];

        foreach (var (level, text) in all) await visitor.UseAsync(app, s => ((IHybridSession)s).Flash(level, text));

        Assert.Equal(all, await TakeAsync(app, visitor));
        Assert.Empty(await TakeAsync(app, visitor));
    }

    [Fact]
    public async Task Messages_of_parallel_requests_are_all_kept()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetInt32("n", 1));
        for (var round = 0; round < 20; round++)
        {
            using var start = new Barrier(4);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
            {
                var other = app.NewVisitor();
                other.Cookie = visitor.Cookie;
                await other.UseAsync(app, s =>
                {
                    Assert.True(start.SignalAndWait(Waiting.Patience));
                    ((IHybridSession)s).Flash(FlashLevel.Info, $"{i}");
                });
            })));

            Assert.Equal(["0", "1", "2", "3"], (await TakeAsync(app, visitor)).Select(static m => m.Text).Order());
        }
    }

    [Fact]
    public async Task Messages_that_two_nodes_leave_at_the_same_time_are_both_kept()
    {
        await using var a = await new SessionApp { Network = new PeerNetwork() }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var here = a.NewVisitor();
        await here.UseAsync(a, s => s.SetInt32("n", 1));
        var there = b.NewVisitor();
        there.Cookie = here.Cookie;
        Assert.Equal(1, await there.AskAsync(b, s => s.GetInt32("n")));
        using var both = new Barrier(2);

        await Task.WhenAll(LeaveAsync(a, here, "from a", both), LeaveAsync(b, there, "from b", both)).Soon();

        var back = a.NewVisitor();
        back.Cookie = there.Cookie;
        Assert.Equal(["from a", "from b"], (await TakeAsync(a, back).Soon()).Select(static m => m.Text).Order());

        static Task<HttpResponseMessage> LeaveAsync(SessionApp app, Visitor visitor, string text, Barrier both) => Task.Run(() => visitor.UseAsync(app, s =>
        {
            Assert.True(both.SignalAndWait(Waiting.Patience));
            ((IHybridSession)s).Flash(FlashLevel.Info, text);
            Assert.True(both.SignalAndWait(Waiting.Patience));
        }));
    }

    [Fact]
    public async Task Of_two_parallel_requests_that_take_exactly_one_gets_the_message()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        for (var round = 0; round < 20; round++)
        {
            await visitor.UseAsync(app, s => ((IHybridSession)s).Flash(FlashLevel.Info, "once"));
            using var start = new Barrier(2);

            var got = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                var other = app.NewVisitor();
                other.Cookie = visitor.Cookie;
                return await other.AskAsync(app, s =>
                {
                    Assert.True(start.SignalAndWait(Waiting.Patience));
                    return ((IHybridSession)s).TakeFlashes().Count;
                });
            })));

            Assert.Equal([0, 1], got.Order());
        }
    }

    [Fact]
    public async Task Peeked_messages_stay()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => ((IHybridSession)s).Flash(FlashLevel.Success, "Saved"));

        Assert.Equal([Saved], await visitor.AskAsync(app, s => ((IHybridSession)s).PeekFlashes()));
        Assert.Equal([Saved], await TakeAsync(app, visitor));
    }

    [Fact]
    public async Task Kept_messages_are_there_for_one_more_request_before_newer_ones()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => ((IHybridSession)s).Flash(FlashLevel.Success, "Saved"));

        await visitor.UseAsync(app, s =>
        {
            var session = (IHybridSession)s;
            Assert.Equal([Saved], session.TakeFlashes());
            session.Flash(FlashLevel.Warning, "Careful");
            session.KeepFlashes();
            session.KeepFlashes();
        });

        Assert.Equal([Saved, Careful], await TakeAsync(app, visitor));
        Assert.Empty(await TakeAsync(app, visitor));
    }

    [Fact]
    public async Task Keeping_brings_back_all_that_the_request_has_taken_and_nothing_of_an_earlier_one()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => ((IHybridSession)s).Flash(FlashLevel.Error, "shown"));
        await TakeAsync(app, visitor);

        await visitor.UseAsync(app, s =>
        {
            var session = (IHybridSession)s;
            session.KeepFlashes();
            session.Flash(FlashLevel.Success, "Saved");
            Assert.Equal([Saved], session.TakeFlashes());
            session.Flash(FlashLevel.Warning, "Careful");
            Assert.Equal([Careful], session.TakeFlashes());
            session.KeepFlashes();
        });

        Assert.Equal([Saved, Careful], await TakeAsync(app, visitor));
    }

    [Fact]
    public async Task A_message_that_waits_survives_a_restart()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s =>
        {
            ((IHybridSession)s).Flash(FlashLevel.Success, "Saved");
            ((IHybridSession)s).Transient.Set("kept", "in memory");
        });
        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;

        Assert.Equal(0, await returning.AskAsync(cold, s => ((IHybridSession)s).Transient.Count));
        Assert.Equal([Saved], await TakeAsync(cold, returning));
    }

    [Fact]
    public async Task A_message_establishes_a_new_session_and_looking_for_one_does_not()
    {
        await using var app = await new SessionApp().StartAsync();

        var looked = await app.GetAsync(context =>
        {
            Assert.Empty(context.GetHybridSession().PeekFlashes());
            Assert.Empty(context.GetHybridSession().TakeFlashes());
            context.GetHybridSession().KeepFlashes();
            return Task.CompletedTask;
        });
        var left = await app.GetAsync(context =>
        {
            context.GetHybridSession().Flash(FlashLevel.Info, "Welcome");
            return Task.CompletedTask;
        });

        Assert.Empty(looked.SetCookies());
        Assert.Single(left.SetCookies());
    }

    [Fact]
    public async Task The_newest_of_too_many_messages_and_the_beginning_of_a_long_one_are_kept()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        var edge = new string('x', FlashMessage.MaxTextLength - 2) + "\U0001F600";

        await visitor.UseAsync(app, s =>
        {
            for (var i = 0; i < FlashMessage.MaxCount + 5; i++) ((IHybridSession)s).Flash(FlashLevel.Info, $"{i}");
        });
        Assert.Equal(Enumerable.Range(5, FlashMessage.MaxCount).Select(static i => $"{i}"), (await TakeAsync(app, visitor)).Select(static m => m.Text));

        await visitor.UseAsync(app, s =>
        {
            ((IHybridSession)s).Flash(FlashLevel.Info, edge);
            ((IHybridSession)s).Flash(FlashLevel.Info, edge + "y");
        });
        Assert.Equal([edge, new string('x', FlashMessage.MaxTextLength - 2) + "\u2026"], (await TakeAsync(app, visitor)).Select(static m => m.Text));
    }

    [Fact]
    public async Task A_level_that_is_none_and_a_text_that_is_null_are_refused()
    {
        await using var app = await new SessionApp().StartAsync();

        var response = await app.GetAsync(context =>
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => context.GetHybridSession().Flash((FlashLevel)4, "x"));
            Assert.Throws<ArgumentNullException>(() => context.GetHybridSession().Flash(FlashLevel.Info, null!));
            return Task.CompletedTask;
        });

        Assert.Empty(response.SetCookies());
    }

    [Fact]
    public async Task What_is_no_message_under_the_reserved_key_is_none_and_gives_way()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();

        await visitor.UseAsync(app, s =>
        {
            s.Set(FlashCodec.Key, [9, 9, 9]);
            Assert.Empty(((IHybridSession)s).PeekFlashes());
            ((IHybridSession)s).Flash(FlashLevel.Success, "Saved");
        });

        Assert.Equal([Saved], await TakeAsync(app, visitor));
    }

    [Fact]
    public async Task Messages_taken_from_a_session_that_was_abandoned_are_not_kept_for_the_next()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => ((IHybridSession)s).Flash(FlashLevel.Success, "Saved"));

        var response = await visitor.GetAsync(app, async context =>
        {
            Assert.Equal([Saved], context.GetHybridSession().TakeFlashes());
            await context.GetHybridSession().AbandonAsync();
            context.GetHybridSession().KeepFlashes();
        });

        Assert.Null(visitor.Cookie);
        Assert.Single(response.SetCookies());
    }

    [Fact]
    public async Task Without_CommitOnException_messages_of_a_request_that_throws_are_dropped_and_those_it_took_stay()
    {
        await using var app = await new SessionApp
        {
            Options = o => o.CommitOnException = false,
            Before = a => a.UseExceptionHandler("/error"),
        }.StartAsync();
        app.Routes["/error"] = static context =>
        {
            context.GetHybridSession().KeepFlashes();
            return context.Response.WriteAsync("sorry");
        };
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => ((IHybridSession)s).Flash(FlashLevel.Success, "Saved"));

        var response = await visitor.UseAsync(app, s =>
        {
            Assert.Equal([Saved], ((IHybridSession)s).TakeFlashes());
            ((IHybridSession)s).Flash(FlashLevel.Error, "dropped");
            throw new NotSupportedException();
        });

        Assert.Equal("sorry", await response.Content.ReadAsStringAsync());
        Assert.Equal([Saved], await TakeAsync(app, visitor));
        Assert.Empty(await TakeAsync(app, visitor));
    }

    [Fact]
    public async Task Without_CommitOnException_a_message_that_came_while_others_were_taken_stays()
    {
        await using var app = await new SessionApp { Options = o => o.CommitOnException = false }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => ((IHybridSession)s).Flash(FlashLevel.Success, "Saved"));
        var other = app.NewVisitor();
        other.Cookie = visitor.Cookie;

        await visitor.GetAsync(app, async context =>
        {
            Assert.Equal([Saved], context.GetHybridSession().TakeFlashes());
            context.GetHybridSession().Flash(FlashLevel.Info, "mine");
            await other.UseAsync(app, s => ((IHybridSession)s).Flash(FlashLevel.Warning, "Careful"));
        });

        Assert.Equal([Careful, new(FlashLevel.Info, "mine")], await TakeAsync(app, visitor));
    }

    private static Task<IReadOnlyList<FlashMessage>> TakeAsync(SessionApp app, Visitor visitor) => visitor.AskAsync(app, static s => ((IHybridSession)s).TakeFlashes());
}
