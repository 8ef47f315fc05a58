using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HybridSession.Middleware.Tests;

public class UpdateTests
{
    [Theory, InlineData(true), InlineData(false)]
    public async Task Requests_that_count_at_the_same_time_all_count(bool commitOnException)
    {
        await using var app = await new SessionApp { Options = o => o.CommitOnException = commitOnException }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetInt32("n", 5));
        var (arrived, all) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => visitor.GetAsync(app, async context =>
        {
            if (Interlocked.Increment(ref arrived) == 10) all.SetResult();
            await all.Task;
            context.GetHybridSession().Increment("n");
        })));

        Assert.Equal(15, await visitor.AskAsync(app, s => s.GetInt32("n")));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task An_update_gets_the_value_and_returns_what_it_made_of_it(bool commitOnException)
    {
        await using var app = await new SessionApp { Options = o => o.CommitOnException = commitOnException }.StartAsync();
        var visitor = app.NewVisitor();

        byte[]?[] made = [];
        await visitor.GetAsync(app, context =>
        {
            var session = context.GetHybridSession();
            made = [session.Update("k", current => current is null ? [1] : [2]), session.Update("k", current => [.. current!, 3]), session.Update("k", _ => null)];
            session.Update("kept", _ => [4]);
            return Task.CompletedTask;
        });

        Assert.Equal([[1], [1, 3], null], made);
        Assert.Equal((null, true), await visitor.AskAsync(app, s => (s.Get("k"), s.Get("kept")!.SequenceEqual(new byte[] { 4 }))));
    }

    [Fact]
    public async Task Increment_establishes_a_new_session_and_an_update_that_keeps_nothing_does_not()
    {
        await using var app = await new SessionApp().StartAsync();

        Assert.Single((await app.NewVisitor().GetAsync(app, Do(s => s.Increment("n")))).SetCookies());
        Assert.Empty((await app.NewVisitor().GetAsync(app, Do(s => s.Update("n", _ => null)))).SetCookies());
    }

    [Fact]
    public async Task With_changes_held_back_an_exception_drops_updates_too()
    {
        await using var app = await new SessionApp { Options = o => o.CommitOnException = false }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetInt32("n", 1));

        await Assert.ThrowsAsync<InvalidOperationException>(() => visitor.GetAsync(app, context =>
        {
            context.GetHybridSession().Increment("n");
            throw new InvalidOperationException("of the application");
        }));

        Assert.Equal(1, await visitor.AskAsync(app, s => s.GetInt32("n")));
    }

    [Fact]
    public async Task A_key_that_is_too_long_a_missing_function_and_a_value_that_is_no_number_are_refused()
    {
        await using var app = await new SessionApp().StartAsync();

        await app.GetAsync(Do(s =>
        {
            s.SetString("text", "abc");
            Assert.Throws<ArgumentOutOfRangeException>("key", () => s.Increment(new string('k', 65_536)));
            Assert.Throws<ArgumentNullException>("key", () => s.Update(null!, _ => null));
            Assert.Throws<ArgumentNullException>("change", () => s.Update("k", null!));
            Assert.Throws<InvalidOperationException>(() => s.Increment("text"));
            Assert.Equal("abc", s.GetString("text"));
        }));
    }

    [Fact]
    public async Task On_a_session_that_is_not_available_an_update_is_computed_from_nothing_and_not_kept()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetInt32("n", 1));
        await using var cold = await app.RestartAsync();
        var again = cold.NewVisitor();
        again.Cookie = visitor.Cookie;
        cold.Faults.Fails = true;

        long sum = 0;
        await again.GetAsync(cold, Do(s => sum = s.Increment("n", 3)));
        cold.Faults.Fails = false;

        Assert.Equal(3, sum);
    }

    private static RequestDelegate Do(Action<IHybridSession> action) => context =>
    {
        action(context.GetHybridSession());
        return Task.CompletedTask;
    };
}
