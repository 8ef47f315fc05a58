using HybridSession.Core.Tests.Doubles;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests;

/// <summary>Sessions that are opened when there is no request.</summary>
public class AccessorTests
{
    [Fact]
    public async Task What_is_changed_outside_of_a_request_the_next_request_sees_and_a_restart_too()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        var reference = await ReferenceAsync(app, visitor);

        await using (var session = (await OpenAsync(app, reference))!)
        {
            Assert.Equal((true, reference.Id, 1), (session.IsAvailable, session.Id, session.GetInt32("n")));
            session.SetString("text", "from outside");
            Assert.Equal(3, session.Increment("n", 2));
            session.Remove("gone");
            Assert.Equal(["n", "text"], session.Keys);
            await session.CommitAsync();
        }

        Assert.Equal(("from outside", 3), await visitor.AskAsync(app, s => (s.GetString("text"), s.GetInt32("n"))));
        await using var again = await app.RestartAsync();
        await using var reopened = (await OpenAsync(again, reference))!;
        Assert.Equal("from outside", reopened.GetString("text"));
    }

    [Fact]
    public async Task A_session_that_is_over_or_goes_on_under_another_token_is_not_opened()
    {
        await using var app = await new SessionApp().StartAsync();
        var (removed, replaced) = (app.NewVisitor(), app.NewVisitor());
        var (ofRemoved, ofReplaced) = (await ReferenceAsync(app, removed), await ReferenceAsync(app, replaced));
        var expired = await ReferenceAsync(app, app.NewVisitor());
        await removed.GetAsync(app, context => context.GetHybridSession().AbandonAsync());
        await replaced.GetAsync(app, context => context.GetHybridSession().RegenerateIdAsync());

        Assert.Null(await OpenAsync(app, ofRemoved));
        Assert.Null(await OpenAsync(app, ofReplaced));
        app.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.Null(await OpenAsync(app, expired));
    }

    [Fact]
    public async Task Who_holds_an_opened_session_is_told_when_it_is_removed()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await using var session = (await OpenAsync(app, await ReferenceAsync(app, visitor)))!;
        var told = new TaskCompletionSource();
        session.Removed.Register(told.SetResult);

        await visitor.GetAsync(app, context => context.GetHybridSession().AbandonAsync());

        await told.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(session.IsAvailable);
    }

    [Fact]
    public async Task On_several_nodes_each_opening_sees_what_the_other_has_committed()
    {
        var network = new PeerNetwork();
        await using var a = await new SessionApp { Network = network }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var visitor = a.NewVisitor();
        var reference = await ReferenceAsync(a, visitor);

        for (var i = 0; i < 10; i++)
        {
            await using var session = (await OpenAsync(i % 2 == 0 ? b : a, reference))!;
            Assert.Equal(i + 2, session.Increment("n"));
        }

        Assert.Equal(11, await visitor.AskAsync(a, s => s.GetInt32("n")));
    }

    [Fact]
    public async Task Opening_may_leave_the_end_of_the_session_where_it_is()
    {
        await using var app = await new SessionApp().StartAsync();
        var (extended, left) = (await ReferenceAsync(app, app.NewVisitor()), await ReferenceAsync(app, app.NewVisitor()));

        app.Time.Advance(TimeSpan.FromMinutes(15));
        Assert.NotNull(await OpenAsync(app, extended));
        Assert.NotNull(await OpenAsync(app, left, extends: false));
        app.Time.Advance(TimeSpan.FromMinutes(15));

        Assert.NotNull(await OpenAsync(app, extended));
        Assert.Null(await OpenAsync(app, left));
    }

    [Fact]
    public async Task A_store_that_cannot_be_asked_is_an_exception_and_no_end_of_the_session()
    {
        await using var app = await new SessionApp().StartAsync();
        var reference = await ReferenceAsync(app, app.NewVisitor());
        await using var cold = await app.RestartAsync();
        cold.Faults.Fails = true;

        var failure = await Record.ExceptionAsync(() => OpenAsync(cold, reference));

        Assert.True(failure is BackingStoreException or OperationCanceledException, $"{failure}");
    }

    [Fact]
    public async Task A_session_that_is_not_stored_yet_has_no_reference_and_a_reference_shows_no_token()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        SessionReference? before = null, after = null;
        await visitor.GetAsync(app, async context =>
        {
            context.Session.SetInt32("n", 1);
            before = context.GetSessionReference();
            await context.Session.CommitAsync();
            after = context.GetSessionReference();
        });

        Assert.Null(before);
        Assert.DoesNotContain(visitor.CookieValue!, after!.ToString(), StringComparison.Ordinal);
        Assert.Contains(after.Id, after.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_and_values_are_checked_as_in_a_request()
    {
        await using var app = await new SessionApp().StartAsync();
        await using var session = (await OpenAsync(app, await ReferenceAsync(app, app.NewVisitor())))!;

        Assert.Throws<ArgumentNullException>("key", () => session.Set(null!, []));
        Assert.Throws<ArgumentNullException>("value", () => session.Set("k", null!));
        Assert.Throws<ArgumentOutOfRangeException>("key", () => session.Set(new string('k', 65_536), []));
        Assert.Throws<SessionLimitException>(() => session.Set("k", new byte[2 << 20]));
        session.Clear();
        Assert.Empty(session.Keys);
    }

    private static async Task<SessionReference> ReferenceAsync(SessionApp app, Visitor visitor)
    {
        SessionReference? reference = null;
        await visitor.UseAsync(app, s =>
        {
            s.SetInt32("n", 1);
            s.SetInt32("gone", 1);
        });
        await visitor.GetAsync(app, context =>
        {
            context.Session.Remove("gone");
            reference = context.GetSessionReference();
            return context.Session.CommitAsync();
        });
        return reference!;
    }

    private static Task<IOpenedSession?> OpenAsync(SessionApp app, SessionReference reference, bool extends = true) =>
        app.Provider.GetRequiredService<ISessionAccessor>().OpenAsync(reference, extends, TestContext.Current.CancellationToken).AsTask();
}
