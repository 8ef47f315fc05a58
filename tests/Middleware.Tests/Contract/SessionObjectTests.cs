using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>Rules 7, 8 and 11: the session object, its load and its beginning.</summary>
public class SessionObjectTests
{
    // Rule 7
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task The_id_is_not_the_token_and_is_stable_across_requests(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();

        var first = await visitor.AskAsync(app, s =>
        {
            s.SetString("k", "v");
            return s.Id;
        });
        var second = await visitor.AskAsync(app, s => s.Id);
        await using var cold = await app.RestartAsync();
        var third = await visitor.At(cold).AskAsync(cold, s => s.Id);

        Assert.NotEmpty(first);
        Assert.Equal((first, first), (second, third));
        Assert.DoesNotContain(first, visitor.Cookie, StringComparison.Ordinal);
    }

    public static TheoryData<HostKind, string> FirstUses()
    {
        var data = new TheoryData<HostKind, string>();
        foreach (var kind in Enum.GetValues<HostKind>())
            foreach (var use in (string[])["IsAvailable", "Id", "Keys", "TryGetValue", "Set", "Remove", "Clear", "LoadAsync"]) data.Add(kind, use);
        return data;
    }

    // Rule 8
    [Theory, MemberData(nameof(FirstUses))]
    public async Task A_session_is_loaded_once_whatever_is_used_first(HostKind kind, string use)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        cold.Faults.Forget();
        var (first, all) = (0, 0);

        var response = await visitor.At(cold).GetAsync(cold, async context =>
        {
            await UseAsync(context.Session, use);
            first = cold.Faults.Count("Load");
            Assert.True(context.Session.IsAvailable);
            foreach (var again in (string[])["Id", "TryGetValue", "Set", "Remove", "Keys", "Clear", "LoadAsync"]) await UseAsync(context.Session, again);
            all = cold.Faults.Count("Load");
        });

        response.EnsureSuccessStatusCode();
        Assert.Equal((1, 1), (first, all));
    }

    // Rule 8: no thread ever blocks on the store.
    [Theory, InlineData(HostKind.Stock, 0), InlineData(HostKind.Hybrid, 1)]
    public async Task Ours_is_loaded_before_the_application_runs_and_that_of_stock_when_it_is_used(HostKind kind, int loadsBefore)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        await using var cold = await app.RestartAsync();
        cold.Faults.Forget();
        var loads = -1;

        var response = await visitor.At(cold).GetAsync(cold, context =>
        {
            loads = cold.Faults.Count("Load");
            Assert.Equal("v", context.Session.GetString("k"));
            return Task.CompletedTask;
        });

        response.EnsureSuccessStatusCode();
        Assert.Equal(loadsBefore, loads);
    }

    // Rule 11
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task A_new_session_cannot_be_established_after_the_response_has_started(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        Exception? thrown = null;

        await app.GetAsync(async context =>
        {
            await context.Response.WriteAsync("body");
            context.Session.Remove("k");
            context.Session.Clear();
            thrown = Record.Exception(() => context.Session.SetString("k", "v"));
        });

        Assert.Equal("The session cannot be established after the response has started.", Assert.IsType<InvalidOperationException>(thrown).Message);
    }

    // Rule 11
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task An_existing_session_may_be_changed_after_the_response_has_started(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        await visitor.GetAsync(app, async context =>
        {
            await context.Response.WriteAsync("body");
            context.Session.SetString("k", "late");
        });

        Assert.Equal("late", await visitor.AskAsync(app, s => s.GetString("k")));
    }

    private static async Task UseAsync(ISession session, string use)
    {
        if (use == "IsAvailable") Assert.True(session.IsAvailable);
        if (use == "Id") Assert.NotEmpty(session.Id);
        if (use == "Keys") Assert.NotNull(session.Keys);
        if (use == "TryGetValue") session.TryGetValue("k", out _);
        if (use == "Set") session.SetString("k", "v");
        if (use == "Remove") session.Remove("k");
        if (use == "Clear") session.Clear();
        if (use == "LoadAsync") await session.LoadAsync();
    }
}
