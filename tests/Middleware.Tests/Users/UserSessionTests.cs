using HybridSession.Core.Tests.Doubles;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Users;

public class UserSessionTests
{
    private readonly PeerNetwork _network = new();

    [Fact]
    public async Task A_bind_establishes_the_session_and_every_node_knows_its_user()
    {
        await using var a = await new SessionApp { Network = _network }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var (onA, onB) = (a.NewVisitor(), b.NewVisitor());

        await BindAsync(a, onA, "anna");

        Assert.NotNull(onA.Cookie);
        Assert.Equal("anna", await UserAsync(a, onA));
        onB.Cookie = onA.Cookie;
        Assert.Equal("anna", await UserAsync(b, onB));
        Assert.Null(await UserAsync(b, b.NewVisitor()));
        Assert.Single(await Administration(b).FindByUserAsync("anna"));
    }

    [Fact]
    public async Task A_user_who_is_revoked_on_one_node_has_no_session_on_the_other()
    {
        await using var a = await new SessionApp { Network = _network }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var (onA, onB) = (a.NewVisitor(), b.NewVisitor());
        await BindAsync(a, onA, "anna");
        await BindAsync(b, onB, "anna");

        Assert.Equal(2, await Administration(b).RevokeUserAsync("anna"));

        Assert.Equal((null, SessionOrigin.Removed), await UserAndOriginAsync(a, onA));
        Assert.Equal((null, SessionOrigin.Removed), await UserAndOriginAsync(b, onB));
        // A new sign-in is one.
        await BindAsync(a, onA, "anna");
        Assert.Equal("anna", await UserAsync(a, onA));
    }

    [Fact]
    public async Task Signing_out_everywhere_else_spares_the_session_that_asks()
    {
        await using var a = await new SessionApp { Network = _network }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var (here, there, other) = (a.NewVisitor(), b.NewVisitor(), b.NewVisitor());
        await BindAsync(a, here, "anna");
        await BindAsync(b, there, "anna");
        await BindAsync(b, other, "bert");
        var ended = -1;

        await here.GetAsync(a, async context => ended = await context.GetHybridSession().RevokeOthersAsync());

        Assert.Equal(1, ended);
        Assert.Equal(("anna", null, "bert"), (await UserAsync(a, here), await UserAsync(b, there), await UserAsync(b, other)));
        await a.NewVisitor().GetAsync(a, async context => Assert.Equal(0, await context.GetHybridSession().RevokeOthersAsync()));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_request_that_began_on_a_revoked_session_binds_nothing(bool regenerates, bool onAnotherNode)
    {
        await using var a = await new SessionApp { Network = _network }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var visitor = a.NewVisitor();
        await BindAsync(a, visitor, "anna");

        await visitor.GetAsync(a, async context =>
        {
            var session = context.GetHybridSession();
            Assert.Equal(1, await Administration(onAnotherNode ? b : a).RevokeUserAsync("anna"));

            if (regenerates) await session.RegenerateIdAsync();
            await Assert.ThrowsAsync<SessionEndedException>(() => session.BindToUserAsync("anna"));
            // Not the first time only: the session in its place is bound to nobody either.
            await Assert.ThrowsAsync<SessionEndedException>(() => session.BindToUserAsync("anna"));
            Assert.Null(session.UserId);
            Assert.True(session.IsNew);
        });

        Assert.Equal(0, await Administration(a).CountByUserAsync("anna"));
        Assert.Null(await UserAsync(a, visitor));
    }

    [Fact]
    public async Task An_application_that_abandons_its_session_may_bind_the_next_one()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await BindAsync(app, visitor, "anna");

        await visitor.GetAsync(app, async context =>
        {
            await context.GetHybridSession().AbandonAsync();
            await context.GetHybridSession().BindToUserAsync("bert");
        });

        Assert.Equal("bert", await UserAsync(app, visitor));
        Assert.Equal(0, await Administration(app).CountByUserAsync("anna"));
    }

    [Fact]
    public async Task A_session_of_one_user_is_not_bound_to_another()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await BindAsync(app, visitor, "anna");

        await visitor.GetAsync(app, async context => await Assert.ThrowsAsync<InvalidOperationException>(() => context.GetHybridSession().BindToUserAsync("bert")));

        Assert.Equal("anna", await UserAsync(app, visitor));
    }

    [Fact]
    public async Task A_session_that_is_bound_to_nobody_keeps_its_content_and_is_found_no_more()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await BindAsync(app, visitor, "anna");

        await visitor.GetAsync(app, context => context.GetHybridSession().UnbindAsync());

        Assert.Null(await UserAsync(app, visitor));
        Assert.Equal("v", await visitor.AskAsync(app, s => s.GetString("k")));
        Assert.Empty(await Administration(app).FindByUserAsync("anna"));
    }

    [Fact]
    public async Task The_limit_refuses_the_session_that_is_one_too_many()
    {
        await using var app = await new SessionApp { Options = o => (o.Users.MaxSessionsPerUser, o.Users.AtLimit) = (1, UserLimitBehavior.Refuse) }.StartAsync();
        var (first, second) = (app.NewVisitor(), app.NewVisitor());
        await BindAsync(app, first, "anna");

        await second.GetAsync(app, async context =>
        {
            var failure = await Assert.ThrowsAsync<UserLimitException>(() => context.GetHybridSession().BindToUserAsync("anna"));
            Assert.Contains("Users:MaxSessionsPerUser", failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("anna", failure.Message, StringComparison.Ordinal);
        });

        Assert.Equal("anna", await UserAsync(app, first));
        Assert.Null(await UserAsync(app, second));
    }

    [Fact]
    public async Task The_limit_drops_the_oldest_session_on_whichever_node_and_tells_what_is_open_in_its_name()
    {
        await using var a = await new SessionApp { Network = _network, NeverExpires = true, Options = o => o.Users.MaxSessionsPerUser = 2 }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var visitors = new[] { a.NewVisitor(), b.NewVisitor(), b.NewVisitor() };
        await BindAsync(a, visitors[0], "anna");
        var isOpen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = visitors[0].GetAsync(a, async context =>
        {
            var removed = context.GetHybridSession().Removed;
            isOpen.SetResult();
            await Task.Delay(Timeout.Infinite, removed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        await isOpen.Task;
        a.Time.Advance(TimeSpan.FromSeconds(1));
        await BindAsync(b, visitors[1], "anna");
        a.Time.Advance(TimeSpan.FromSeconds(1));

        await BindAsync(b, visitors[2], "anna");

        await ended;
        Assert.Equal(SessionOrigin.Removed, (await UserAndOriginAsync(a, visitors[0])).Origin);
        Assert.Equal(2, await Administration(a).CountByUserAsync("anna"));
    }

    [Fact]
    public async Task A_bind_works_where_the_changes_of_a_request_are_held_back()
    {
        await using var app = await new SessionApp { Options = o => o.CommitOnException = false }.StartAsync();
        var visitor = app.NewVisitor();

        await visitor.GetAsync(app, async context =>
        {
            context.Session.SetString("k", "v");
            await context.GetHybridSession().BindToUserAsync("anna");
            context.Session.SetString("l", "w");
        });

        Assert.Equal(("anna", "v", "w"), (await UserAsync(app, visitor), await visitor.AskAsync(app, s => s.GetString("k")), await visitor.AskAsync(app, s => s.GetString("l"))));
    }

    [Fact]
    public async Task While_the_store_is_away_nothing_is_bound()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        app.Faults.Fails = true;

        await visitor.GetAsync(app, async context => await Assert.ThrowsAsync<BackingStoreException>(() => context.GetHybridSession().BindToUserAsync("anna")));
        app.Faults.Fails = false;

        Assert.Null(await UserAsync(app, visitor));
    }

    [Fact]
    public async Task No_log_line_and_no_failure_shows_who_the_user_is()
    {
        const string User = "somebody.in.particular";
        await using var a = await new SessionApp { Network = _network, Options = o => (o.Users.MaxSessionsPerUser, o.Users.AtLimit) = (1, UserLimitBehavior.Refuse) }.StartAsync();
        await using var b = await a.StartPeerAsync();
        var visitor = a.NewVisitor();
        await BindAsync(a, visitor, User);
        List<Exception> failures = [];
        failures.Add((await Record.ExceptionAsync(() => BindAsync(b, b.NewVisitor(), User)))!);
        failures.Add((await Record.ExceptionAsync(() => BindAsync(a, visitor, "another")))!);
        a.Faults.Fails = true;
        failures.Add((await Record.ExceptionAsync(() => BindAsync(a, a.NewVisitor(), User)))!);
        a.Faults.Fails = false;
        await Administration(b).RevokeUserAsync(User);

        Assert.All(failures, failure => Assert.DoesNotContain(User, failure.ToString(), StringComparison.OrdinalIgnoreCase));
        Assert.All(a.Logs.Lines.Concat(b.Logs.Lines), line => Assert.DoesNotContain(User, line.Text, StringComparison.OrdinalIgnoreCase));
    }

    private static ISessionAdministration Administration(SessionApp app) => app.Provider.GetRequiredService<ISessionAdministration>();

    private static async Task BindAsync(SessionApp app, Visitor visitor, string user) =>
        (await visitor.GetAsync(app, context => context.GetHybridSession().BindToUserAsync(user))).EnsureSuccessStatusCode();

    private static async Task<string?> UserAsync(SessionApp app, Visitor visitor) => (await UserAndOriginAsync(app, visitor)).User;

    private static async Task<(string? User, SessionOrigin Origin)> UserAndOriginAsync(SessionApp app, Visitor visitor)
    {
        (string? User, SessionOrigin Origin) seen = default;
        await visitor.GetAsync(app, context =>
        {
            seen = (context.GetHybridSession().UserId, context.GetHybridSession().Origin);
            return Task.CompletedTask;
        });
        return seen;
    }
}
