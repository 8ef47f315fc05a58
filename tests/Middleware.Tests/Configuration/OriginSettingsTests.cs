using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;
using static HybridSession.Middleware.Tests.Configuration.SectionBindingTests;

namespace HybridSession.Middleware.Tests.Configuration;

public class OriginSettingsTests
{
    // The section of a Beego site as people have it, ini spelling included.
    private static readonly (string, string?)[] AsWritten =
    [
        ("sessionon", "true"), ("SessionProvider", "memory"), ("SessionProviderConfig", ""), ("SessionName", "beegosessionID"), ("SessionGCMaxLifetime", "3600"),
        ("SessionCookieLifeTime", "7200"), ("SessionAutoSetCookie", "true"), ("SessionDomain", "example.com"), ("SessionDisableHTTPOnly", "true"), ("SessionCookieSameSite", "3"),
    ];

    [Fact]
    public void A_section_of_Beego_works_as_written()
    {
        var options = Read(AsWritten);

        Assert.True(options.Enabled);
        Assert.Equal("memory", options.Provider);
        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromHours(1), null), (options.IdleTimeout, options.SweepInterval, options.AbsoluteLifetime));
        Assert.Equal(("beegosessionID", TimeSpan.FromHours(2), "example.com", false, SameSiteMode.Strict), (options.Cookie.Name, options.Cookie.MaxAge, options.Cookie.Domain, options.Cookie.HttpOnly, options.Cookie.SameSite));
    }

    [Fact]
    public void Own_names_win_over_those_of_the_origin()
    {
        var options = Read(("AbsoluteLifetime", "5h"), ("SessionGCMaxLifetime", "604800"), ("SweepInterval", "1m"), ("IdleTimeout", "1h"), ("SessionCookieLifeTime", "0"));

        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), TimeSpan.FromHours(5), null), (options.IdleTimeout, options.SweepInterval, options.AbsoluteLifetime, options.Cookie.MaxAge));
    }

    [Fact]
    public void A_lifetime_above_a_day_still_sweeps_daily()
    {
        Assert.Equal(TimeSpan.FromDays(1), Read(("SessionGCMaxLifetime", "604800")).SweepInterval);
    }

    [Theory]
    [InlineData("SessionSavePath", "use SessionProviderConfig (or ConnectionString)")]
    [InlineData("SessionEnableSidInHTTPHeader", "UseTokenHeader")]
    [InlineData("SessionNameInHTTPHeader", "UseTokenHeader")]
    [InlineData("SessionEnableSidInURLQuery", "use the cookie")]
    [InlineData("SessionIDPrefix", "remove it")]
    [InlineData("SessionHashFunc", "remove it")]
    [InlineData("SessionHashKey", "remove it")]
    [InlineData("sessionConfig", "settings of their own")]
    public void What_has_no_counterpart_is_refused_and_says_what_to_use(string key, string advice)
    {
        var message = Failure((key, "x"));

        Assert.StartsWith($"HybridSession:{key} is not used: ", message);
        Assert.Contains(advice, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_provider_config_without_a_PostgreSQL_store_is_refused()
    {
        Assert.Contains("HybridSession:SessionProviderConfig: read by the package HybridSession.Postgres", Failure(("SessionProviderConfig", "postgres://db/shop")), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_cookie_another_transport_is_demanded()
    {
        Assert.Contains("register an ISessionTokenTransport", Failure(("SessionAutoSetCookie", "false")), StringComparison.Ordinal);

        var own = new ServiceCollection().AddSingleton<ISessionTokenTransport, HeaderTokenTransport>();
        using var services = own.AddHybridSession(Section(("SessionAutoSetCookie", "false"))).UseInMemoryStore().Services.BuildServiceProvider();
        Assert.NotNull(services.GetRequiredService<IOptions<HybridSessionOptions>>().Value);
    }

    [Fact]
    public async Task With_SessionOn_false_requests_pass_through_and_there_is_no_session()
    {
        await using var app = await new SessionApp { Section = Section(("SessionOn", "false"), ("SessionProvider", "memory")) }.StartAsync();
        Exception? thrown = null;

        var response = await app.GetAsync(context =>
        {
            thrown = Record.Exception(() => context.Session);
            return context.Response.WriteAsync("page");
        });

        Assert.Equal("page", await response.Content.ReadAsStringAsync());
        Assert.Equal("Session has not been configured for this application or request.", Assert.IsType<InvalidOperationException>(thrown).Message);
        Assert.Single(app.Logs.Of(3005));
    }
}
