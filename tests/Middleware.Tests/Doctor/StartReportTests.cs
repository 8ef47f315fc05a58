using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HybridSession.Middleware.Tests.Doctor;

public class StartReportTests
{
    [Fact]
    public async Task The_report_is_one_event_of_the_start_and_can_be_asked_for_later()
    {
        await using var app = await new SessionApp().StartAsync();

        var line = Assert.Single(app.Logs.Of(1010));
        var later = await app.Provider.GetRequiredService<SessionDoctor>().ExamineAsync(TestContext.Current.CancellationToken);

        Assert.Equal((LogLevel.Information, "Doctor", "HybridSession.SessionDoctor"), (line.Level, line.EventId.Name, line.Category));
        Assert.Equal(["promise", "memory", "shutdown", "cookie"], later.Findings.Select(f => f.Name));
        Assert.Equal(later.ToString(), line.Text);
    }

    [Theory, InlineData(2, LogLevel.Warning), InlineData(3, LogLevel.Information)]
    public async Task A_host_that_ends_sooner_than_an_attempt_to_store_is_a_warning(int seconds, LogLevel expected)
    {
        await using var app = await new SessionApp { Services = s => s.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(seconds)) }.StartAsync();

        Assert.Equal(expected, Assert.Single(app.Logs.Of(1010)).Level);
    }

    [Fact]
    public async Task A_probe_of_the_application_may_refuse_the_start()
    {
        var app = new SessionApp { Services = s => s.AddSingleton<IStartupProbe, Refusing>() };

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(app.StartAsync);

        var line = Assert.Single(app.Logs.Of(1010));
        Assert.Equal(LogLevel.Error, line.Level);
        Assert.Equal($"The licence has ended. Renew it.{Environment.NewLine}{Environment.NewLine}{line.Text}", failure.Message);
        await app.DisposeAsync();
    }

    [Fact]
    public async Task Without_a_cookie_its_settings_are_not_judged()
    {
        await using var app = await new SessionApp { Cookie = c => c.HttpOnly = false, Services = s => s.AddSingleton<ISessionTokenTransport, HeaderTokenTransport>() }.StartAsync();

        Assert.Contains("good     transport  The token travels as HeaderTokenTransport has it.", Assert.Single(app.Logs.Of(1010)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_that_are_switched_off_are_said_to_be()
    {
        await using var app = await new SessionApp { Options = o => o.Enabled = false }.StartAsync();

        Assert.Contains("sessions  Switched off", Assert.Single(app.Logs.Of(1010)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CookieSecurePolicy.Always, null, null, 1)]
    [InlineData(CookieSecurePolicy.Always, "X-Forwarded-Proto", "https", 0)]
    [InlineData(CookieSecurePolicy.Always, "Forwarded", "for=10.0.0.1;proto=https", 0)]
    [InlineData(CookieSecurePolicy.Always, "X-Forwarded-Proto", "http", 1)]
    [InlineData(CookieSecurePolicy.SameAsRequest, null, null, 0)]
    public async Task A_secure_cookie_for_a_plain_request_is_said_once(CookieSecurePolicy policy, string? header, string? value, int expected)
    {
        await using var app = await new SessionApp { Cookie = c => c.SecurePolicy = policy }.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            var client = app.NewClient();
            if (header is not null) client.DefaultRequestHeaders.Add(header, value);
            await new Visitor(client).UseAsync(app, s => s.SetString("k", "v"));
        }

        Assert.Equal(expected, app.Logs.Of(3007).Count());
    }

    private sealed class Refusing : IStartupProbe
    {
        public ValueTask<IReadOnlyList<ProbeFinding>> ExamineAsync(CancellationToken cancellationToken) =>
            new([ProbeFinding.Good("weather", "Fair."), ProbeFinding.Failed("licence", "The licence has ended.", "Renew it.")]);
    }
}
