using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HybridSession.Middleware.Tests;

public class BadInputTests
{
    private static readonly string Good = SessionToken.Create().Encode();

    public static TheoryData<string> Malformed() =>
    [
        "", "x", "\"" + Good + "\"", Good[1..], Good + "A", Good[..42] + "=", Good[..42] + "+", new string('A', 42) + "B", Good + ".", Good + ".1", Good + ".-abcdefgh", Good + ".1-abcdefg",
        Good + ".1-abcdefg1", Good + ".1-ABCDEFGH", Good + ".A-abcdefgh", Good + ".12345678901234-abcdefgh", Good + ".1-abcdefgh.2", Good + "%00", new string('\'', 43), "../../etc/passwd", new string('A', 8_000),
    ];

    [Theory, MemberData(nameof(Malformed))]
    public async Task A_malformed_token_is_a_new_session_and_no_store_call(string value)
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        visitor.Cookie = $".HybridSession={value}";

        var origin = await visitor.AskAsync(app, s => ((IHybridSession)s).Origin);

        Assert.Equal(SessionOrigin.Malformed, origin);
        Assert.Empty(app.StoreCalls);
    }

    [Fact]
    public async Task A_stamp_is_read_and_ignored()
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        visitor.Cookie += ".z9-abcdef27";

        Assert.Equal("v", await visitor.AskAsync(app, s => s.GetString("k")));
    }

    [Fact]
    public async Task A_cookie_of_a_megabyte_costs_no_store_call_and_no_memory_of_its_size()
    {
        await using var app = await new SessionApp { Kestrel = true }.StartAsync();
        var visitor = app.NewVisitor();
        var origin = SessionOrigin.Memory;
        app.Routes["/"] = context =>
        {
            origin = context.GetHybridSession().Origin;
            return Task.CompletedTask;
        };

        visitor.Cookie = $".HybridSession={new string('A', 1024 * 1024)}";
        var response = await visitor.GetAsync("/");

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(SessionOrigin.Malformed, origin);
        Assert.Empty(app.StoreCalls);
        Assert.DoesNotContain(app.Logs.Of(3000), l => l.Text.Length > 1_000);
    }

    [Fact]
    public void Reading_a_cookie_of_a_megabyte_allocates_nothing()
    {
        var transport = new CookieTokenTransport(Microsoft.Extensions.Options.Options.Create(new HybridSessionOptions()), Microsoft.Extensions.Logging.Abstractions.NullLogger<CookieTokenTransport>.Instance);
        var context = new DefaultHttpContext();
        context.Request.Headers.Cookie = $"a=b; .HybridSession={new string('A', 1024 * 1024)}; c=d";
        transport.TryRead(context, out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var found = transport.TryRead(context, out var text);
        var isToken = TokenText.TryCut(text, out _, out _);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((true, false, 0L), (found, isToken, allocated));
    }

    [Theory]
    [InlineData(".HybridSession=garbage; .HybridSession={0}")]
    [InlineData(".HybridSession={0}; .HybridSession=garbage")]
    [InlineData("other=1;.HybridSession={0};more=2")]
    [InlineData("x.HybridSession=garbage; .HybridSessionX=garbage; .hybridsession=garbage; .HybridSession={0}")]
    [InlineData(";;  ; .HybridSession ; =; .HybridSession={0}")]
    public async Task The_first_well_formed_cookie_of_the_name_counts(string header)
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        visitor.Cookie = header.Replace("{0}", visitor.CookieValue, StringComparison.Ordinal);

        Assert.Equal("v", await visitor.AskAsync(app, s => s.GetString("k")));
    }

    [Fact]
    public async Task A_change_beyond_the_limit_throws_and_leaves_the_session_as_it_was()
    {
        await using var app = await new SessionApp { Options = o => (o.MaxPayloadBytes, o.MaxKeys) = (2_048, 3) }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));

        await visitor.UseAsync(app, s =>
        {
            Assert.Contains("MaxPayloadBytes", Assert.Throws<SessionLimitException>(() => s.Set("big", new byte[4_096])).Message, StringComparison.Ordinal);
            s.SetString("a", "");
            s.SetString("b", "");
            Assert.Contains("MaxKeys", Assert.Throws<SessionLimitException>(() => s.SetString("c", "")).Message, StringComparison.Ordinal);
        });

        Assert.Equal(["a", "b", "k"], await visitor.AskAsync(app, s => s.Keys.Order().ToArray()));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_first_change_beyond_the_limit_makes_no_session(bool commitOnException)
    {
        await using var app = await new SessionApp { Options = o => (o.MaxPayloadBytes, o.CommitOnException) = (2_048, commitOnException) }.StartAsync();

        var response = await app.NewVisitor().UseAsync(app, s => Assert.Throws<SessionLimitException>(() => s.Set("big", new byte[4_096])));

        Assert.Empty(response.SetCookies());
        Assert.Empty(app.StoreCalls);
    }
}
