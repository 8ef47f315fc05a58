using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>Rule 16, its option: the changes of a request that throws are dropped.</summary>
public class CommitOnExceptionTests
{
    // Rule 16 (option)
    [Fact]
    public async Task Without_CommitOnException_the_changes_of_a_request_that_threw_are_dropped()
    {
        await using var app = await new SessionApp { Options = o => o.CommitOnException = false }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s =>
        {
            s.SetString("kept", "v");
            s.SetString("changed", "v");
        });

        await Assert.ThrowsAsync<NotSupportedException>(() => visitor.UseAsync(app, s =>
        {
            s.Remove("kept");
            s.SetString("changed", "w");
            s.SetString("added", "w");
            Assert.Equal(["added", "changed"], s.Keys.Order());
            Assert.Equal("w", s.GetString("changed"));
            throw new NotSupportedException();
        }));

        Assert.Equal(("v", "v", null), await visitor.AskAsync(app, s => (s.GetString("kept"), s.GetString("changed"), s.GetString("added"))));
    }

    // Rule 16 (option)
    [Fact]
    public async Task Without_CommitOnException_the_changes_of_other_requests_survive_beside_the_held_ones()
    {
        await using var app = await new SessionApp { Options = o => o.CommitOnException = false }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        var other = app.NewVisitor();
        other.Cookie = visitor.Cookie;

        await visitor.GetAsync(app, async context =>
        {
            context.Session.SetString("mine", "1");
            await other.UseAsync(app, s =>
            {
                Assert.Null(s.GetString("mine"));
                s.SetString("theirs", "2");
            });
        });

        Assert.Equal(["k", "mine", "theirs"], await visitor.AskAsync(app, s => s.Keys.Order().ToArray()));
    }

    // Rule 16 (option)
    [Fact]
    public async Task Without_CommitOnException_a_new_session_of_a_request_that_threw_gets_no_cookie()
    {
        await using var app = await new SessionApp
        {
            Options = o => o.CommitOnException = false,
            Before = a => a.UseExceptionHandler(e => e.Run(c => c.Response.WriteAsync("sorry"))),
        }.StartAsync();

        var response = await app.GetAsync(context =>
        {
            context.Session.SetString("k", "v");
            throw new NotSupportedException();
        });

        Assert.Equal("sorry", await response.Content.ReadAsStringAsync());
        Assert.Empty(response.SetCookies());
        Assert.Empty(app.StoreCalls);
    }

    // Rule 16 (option)
    [Fact]
    public async Task Without_CommitOnException_what_was_set_before_the_response_started_is_kept()
    {
        await using var app = await new SessionApp { Kestrel = true, Options = o => o.CommitOnException = false }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => visitor.GetAsync(app, async context =>
        {
            context.Session.SetString("before", "1");
            await context.Response.WriteAsync("body");
            context.Session.SetString("after", "2");
            throw new NotSupportedException();
        }));

        Assert.Equal(["before", "k"], await visitor.AskAsync(app, s => s.Keys.Order().ToArray()));
    }
}
