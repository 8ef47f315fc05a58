using System.Reflection;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Contract;

/// <summary>Rules 23 to 25, 27 and 28: the feature and the place in the pipeline.</summary>
public class PipelineTests
{
    private const string StockMessage = "Session has not been configured for this application or request.";

    // Rule 23
    [Theory]
    [InlineData(HostKind.Stock, false)]
    [InlineData(HostKind.Stock, true)]
    [InlineData(HostKind.Hybrid, false)]
    [InlineData(HostKind.Hybrid, true)]
    public async Task The_feature_is_there_inside_and_gone_outside_also_after_an_exception(HostKind kind, bool throws)
    {
        var (before, inside, after) = (true, false, true);
        await using var app = await new SessionApp
        {
            Kind = kind,
            Before = a => a.Use(async (context, next) =>
            {
                before = context.Features.Get<ISessionFeature>() is not null;
                try
                {
                    await next(context);
                }
                catch (NotSupportedException)
                {
                }
                after = context.Features.Get<ISessionFeature>() is not null;
            }),
        }.StartAsync();

        await app.GetAsync(context =>
        {
            inside = context.Features.Get<ISessionFeature>() is not null;
            return throws ? throw new NotSupportedException() : Task.CompletedTask;
        });

        Assert.Equal((false, true, false), (before, inside, after));
    }

    // Rule 23
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Without_the_middleware_the_session_throws_the_stock_exception(HostKind kind)
    {
        Exception? thrown = null;
        await using var app = await new SessionApp
        {
            Kind = kind,
            Before = a => a.Use((context, next) =>
            {
                thrown = Record.Exception(() => context.Session);
                return next(context);
            }),
        }.StartAsync();

        await app.NewVisitor().GetAsync("/");

        Assert.Equal(StockMessage, Assert.IsType<InvalidOperationException>(thrown).Message);
    }

    // Rule 23
    [Fact]
    public async Task GetHybridSession_says_what_is_missing()
    {
        Exception? without = null;
        Exception? other = null;
        await using var app = await new SessionApp
        {
            Before = a => a.Use((context, next) =>
            {
                without = Record.Exception(() => context.GetHybridSession());
                return next(context);
            }),
        }.StartAsync();

        await app.GetAsync(context =>
        {
            context.Session = new OtherSession();
            other = Record.Exception(() => context.GetHybridSession());
            return Task.CompletedTask;
        });

        Assert.Contains("app.UseHybridSession()", Assert.IsType<InvalidOperationException>(without).Message, StringComparison.Ordinal);
        Assert.Contains(nameof(OtherSession), Assert.IsType<InvalidOperationException>(other).Message, StringComparison.Ordinal);
    }

    // Rule 23
    [Fact]
    public async Task UseHybridSession_without_AddHybridSession_says_so()
    {
        await using var services = new ServiceCollection().BuildServiceProvider();

        var thrown = Assert.Throws<InvalidOperationException>(() => new ApplicationBuilder(services).UseHybridSession());

        Assert.Contains("AddHybridSession", thrown.Message, StringComparison.Ordinal);
    }

    // Rule 11, 23
    [Fact]
    public async Task After_something_before_the_middleware_answered_existing_sessions_still_work()
    {
        await using var app = await new SessionApp
        {
            Before = a => a.Use(async (context, next) =>
            {
                if (context.Request.Headers.ContainsKey("Cookie")) await context.Response.WriteAsync("early");
                await next(context);
            }),
        }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        Assert.Equal("v", await visitor.AskAsync(app, s => s.GetString("k")));
        visitor.Cookie = "none=1";
        var thrown = await visitor.AskAsync(app, s => Record.Exception(() => s.SetString("k", "w")));
        Assert.Equal("The session cannot be established after the response has started.", Assert.IsType<InvalidOperationException>(thrown).Message);
    }

    // Rule 24: stock keeps the cookie of the suppressed session, ours has no row that it could open.
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Setting_the_session_to_null_suppresses_the_commit(HostKind kind)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();

        var response = await app.GetAsync(context =>
        {
            context.Session.SetString("k", "v");
            context.Session = null!;
            Assert.Null(context.Session);
            return Task.CompletedTask;
        });

        Assert.DoesNotContain(app.StoreCalls, c => c is "Birth" or "Flush");
        Assert.Equal(kind == HostKind.Stock ? 1 : 0, response.SetCookies().Count);
    }

    // Rule 24
    [Theory, InlineData(HostKind.Stock, false), InlineData(HostKind.Stock, true), InlineData(HostKind.Hybrid, false), InlineData(HostKind.Hybrid, true)]
    public async Task The_commit_goes_to_the_session_that_the_application_put_there(HostKind kind, bool fails)
    {
        await using var app = await new SessionApp { Kind = kind }.StartAsync();
        var other = new OtherSession { Fails = fails };

        var response = await app.GetAsync(context =>
        {
            context.Session = other;
            Assert.Same(other, context.Session);
            return Task.CompletedTask;
        });

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(1, other.Commits);
        if (kind == HostKind.Hybrid) Assert.Equal(fails ? 1 : 0, app.Logs.Of(3004).Count());
    }

    // Rule 25
    [Theory, InlineData(HostKind.Stock), InlineData(HostKind.Hybrid)]
    public async Task Registered_twice_there_is_one_session_and_one_cookie(HostKind kind)
    {
        await using var app = await new SessionApp
        {
            Kind = kind,
            After = a => _ = kind == HostKind.Stock ? a.UseSession() : a.UseHybridSession(),
        }.StartAsync();
        var visitor = app.NewVisitor();

        var response = await visitor.UseAsync(app, s => s.SetString("k", "v"));

        Assert.Single(response.SetCookies());
        Assert.Equal("v", await visitor.AskAsync(app, s => s.GetString("k")));
    }

    // Rule 25
    [Fact]
    public async Task Inside_the_stock_middleware_ours_wins()
    {
        await using var app = await new SessionApp
        {
            Services = s => s.AddDistributedMemoryCache().AddSession(),
            Before = a => a.UseSession(),
        }.StartAsync();

        var response = await app.NewVisitor().UseAsync(app, s => s.SetString("k", "v"));

        Assert.Equal(".HybridSession", Assert.Single(response.SetCookies()).Name.Value);
    }

    // Rule 27
    [Fact]
    public void UseHybridSession_takes_no_options_so_that_AddHybridSession_is_the_one_place_for_them()
    {
        var overloads = typeof(HybridSessionApplicationBuilderExtensions).GetMethods(BindingFlags.Public | BindingFlags.Static);

        Assert.Single(Assert.Single(overloads).GetParameters());
    }

    // Rule 27: what stock does instead.
    [Fact]
    public async Task Options_given_to_UseSession_push_those_of_AddSession_aside()
    {
        await using var app = await new SessionApp
        {
            Kind = HostKind.Stock,
            Cookie = c => (c.Name, c.MaxAge) = ("added", TimeSpan.FromDays(1)),
            After = a => a.UseSession(new SessionOptions { IOTimeout = TimeSpan.FromSeconds(5) }),
        }.StartAsync();

        var response = await app.NewVisitor().UseAsync(app, s => s.SetString("k", "v"));

        var cookie = Assert.Single(response.SetCookies());
        Assert.Equal((".AspNetCore.Session", null), (cookie.Name.Value, cookie.MaxAge));
    }

    // Rule 28
    [Theory, InlineData(HostKind.Stock, false), InlineData(HostKind.Hybrid, false), InlineData(HostKind.Hybrid, true)]
    public async Task Set_on_a_new_session_after_its_request_throws_ObjectDisposedException(HostKind kind, bool kestrel)
    {
        await using var app = await new SessionApp { Kind = kind, Kestrel = kestrel }.StartAsync();
        ISession? kept = null;
        await app.NewVisitor().UseAsync(app, s => kept = s);

        Assert.Throws<ObjectDisposedException>(() => kept!.SetString("k", "v"));
    }

    private sealed class OtherSession : ISession
    {
        public bool Fails { get; init; }
        public int Commits { get; private set; }
        public bool IsAvailable => true;
        public string Id => "other";
        public IEnumerable<string> Keys => [];

        public void Clear()
        {
        }

        public Task CommitAsync(CancellationToken cancellationToken = default)
        {
            Commits++;
            return Fails ? throw new NotSupportedException() : Task.CompletedTask;
        }

        public Task LoadAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public void Remove(string key)
        {
        }

        public void Set(string key, byte[] value)
        {
        }

        public bool TryGetValue(string key, out byte[] value)
        {
            value = [];
            return false;
        }
    }
}
