using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace HybridSession.Middleware.Tests.Health;

public class HealthCheckTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Readiness_follows_the_life_of_the_engine()
    {
        var app = NewApp();
        app.Faults.StartGate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var starting = app.StartAsync();
        await using var site = app;

        Assert.Equal((HealthStatus.Unhealthy, "Starting."), await ReadyAsync(app));
        app.Faults.StartGate.SetResult();
        await starting;
        Assert.Equal((HealthStatus.Healthy, "Running; the store is available."), await ReadyAsync(app));
        app.Provider.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        Assert.Equal((HealthStatus.Unhealthy, "Draining: requests are still served, new clients belong elsewhere."), await ReadyAsync(app));
        await app.StopAsync();
        Assert.Equal((HealthStatus.Unhealthy, "Stopped."), await ReadyAsync(app));
    }

    [Theory, InlineData(null, HealthStatus.Degraded, 200), InlineData(HealthStatus.Unhealthy, HealthStatus.Unhealthy, 503)]
    public async Task A_store_that_is_away_degrades_readiness_unless_it_is_to_end_it(HealthStatus? whenAway, HealthStatus expected, int statusCode)
    {
        await using var app = await NewApp(whenAway).StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        app.Faults.Fails = true;

        // Some failures open the circuit.
        for (var i = 0; (await ReadyAsync(app)).Status == HealthStatus.Healthy; i++)
        {
            Assert.InRange(i, 0, 1_000);
            await app.AdvanceUntil(visitor.GetAsync(app, async context =>
            {
                context.Session.SetInt32("k", i);
                Assert.NotNull(await Record.ExceptionAsync(() => context.Session.CommitAsync()));
            }));
        }

        Assert.Equal(expected, (await ReadyAsync(app)).Status);
        Assert.Equal(statusCode, (int)(await app.NewVisitor().GetAsync("/healthz/ready")).StatusCode);
        // Hot sessions are served all the same.
        Assert.True((await visitor.UseAsync(app, s => s.SetString("hot", "still"))).IsSuccessStatusCode);
    }

    [Fact]
    public async Task The_promise_is_broken_by_an_old_change_and_by_a_full_backlog()
    {
        await using var app = await NewApp(options: o => (o.MaxDirtyBytes, o.Resilience.MinimumThroughput) = (1024 * 1024, int.MaxValue)).StartAsync();
        Visitor[] visitors = [app.NewVisitor(), app.NewVisitor()];
        foreach (var visitor in visitors) await visitor.UseAsync(app, s => s.SetString("k", "v"));
        Assert.Equal(HealthStatus.Healthy, (await PromiseAsync(app)).Status);
        app.Faults.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        await visitors[0].UseAsync(app, s => s.Set("big", new byte[600_000]));
        Assert.Equal(HealthStatus.Healthy, (await PromiseAsync(app)).Status);
        app.Time.Advance(TimeSpan.FromSeconds(1.3));
        var (status, text) = await PromiseAsync(app);
        Assert.Equal(HealthStatus.Degraded, status);
        Assert.StartsWith("The oldest change that is not stored is 1.3 s old (limit 1.2 s); 1 sessions", text, StringComparison.Ordinal);
        var waiting = visitors[1].UseAsync(app, s => s.Set("big", new byte[600_000]));
        while ((await PromiseAsync(app)).Status == HealthStatus.Degraded) await Task.Yield();
        Assert.Equal(HealthStatus.Unhealthy, (await PromiseAsync(app)).Status);
        app.Faults.Gate.SetResult();

        Assert.True((await waiting).IsSuccessStatusCode);
        await app.AdvanceUntil(Task.Run(async () =>
        {
            while ((await PromiseAsync(app)).Status != HealthStatus.Healthy) await Task.Yield();
            return true;
        }));
    }

    [Fact]
    public async Task Descriptions_hold_no_names_and_the_checks_ask_the_store_nothing()
    {
        await using var app = await NewApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("secret-key", "secret-value"));
        app.Faults.Forget();

        var report = await app.Provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["hybridsession-promise", "hybridsession-ready"], report.Entries.Keys.Order());
        Assert.Equal("ready", Assert.Single(report.Entries["hybridsession-ready"].Tags));
        Assert.Equal("promise", Assert.Single(report.Entries["hybridsession-promise"].Tags));
        Assert.All(report.Entries.Values, e => Assert.Matches("^[A-Za-z0-9 ,.;:()]+$", e.Description));
        Assert.All(report.Entries.Values, e => Assert.DoesNotContain("secret", e.Description, StringComparison.Ordinal));
        Assert.Empty(app.StoreCalls);
    }

    // Over a real server: what a load balancer and a client see while the node drains.
    [Fact]
    public async Task A_node_that_was_told_to_stop_is_red_and_serves_until_the_drain_delay_is_over()
    {
        await using var app = await NewApp(kestrel: true, options: o => o.DrainDelay = Delay).StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("k", "v"));
        using var client = app.NewClient();
        Assert.Equal(200, (int)(await client.GetAsync("/healthz/ready")).StatusCode);

        var stopping = app.StopAsync();
        Assert.Equal(503, (int)(await client.GetAsync("/healthz/ready")).StatusCode);
        while (!app.Logs.Of(3008).Any()) await Task.Yield();
        app.Time.Advance(Delay - TimeSpan.FromSeconds(1));

        // New connections, too.
        using var late = app.NewClient();
        Assert.Equal(503, (int)(await late.GetAsync("/healthz/ready")).StatusCode);
        var served = await visitor.UseAsync(app, s => s.SetString("k", "w"));
        Assert.True(served.IsSuccessStatusCode);
        Assert.False(stopping.IsCompleted);

        await app.AdvanceUntil(stopping.ContinueWith(t => t.IsCompletedSuccessfully, TaskScheduler.Default));
        using var after = app.NewClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => after.GetAsync("/healthz/ready"));
        Assert.Contains("Every changed session is stored", Assert.Single(app.Logs.Of(1001)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_delay_the_stop_waits_for_nothing()
    {
        await using var app = await NewApp().StartAsync();

        await app.StopAsync();

        Assert.Empty(app.Logs.Of(3008));
    }

    [Fact]
    public async Task The_hosts_deadline_ends_the_delay()
    {
        var deadline = TimeSpan.FromMilliseconds(500);
        await using var app = await NewApp(options: o => o.DrainDelay = TimeSpan.FromMinutes(5), services: s => s.Configure<HostOptions>(o => o.ShutdownTimeout = deadline)).StartAsync();
        Assert.Contains("WARNING  shutdown", Assert.Single(app.Logs.Of(1010)).Text, StringComparison.Ordinal);

        await app.StopAsync();

        Assert.Single(app.Logs.Of(3008));
        Assert.Equal((HealthStatus.Unhealthy, "Stopped."), await ReadyAsync(app));
    }

    [Theory, InlineData(-1), InlineData(301)]
    public async Task A_delay_out_of_range_stops_the_start(int seconds)
    {
        await using var app = NewApp(options: o => o.DrainDelay = TimeSpan.FromSeconds(seconds));

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(app.StartAsync);

        Assert.Contains("DrainDelay (", failure.Message, StringComparison.Ordinal);
        Assert.Contains("must be between 00:00:00 and 00:05:00.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_status_that_is_none_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ServiceCollection().AddHealthChecks().AddHybridSession((HealthStatus)7));
    }

    private static SessionApp NewApp(HealthStatus? whenAway = null, bool kestrel = false, Action<HybridSessionOptions>? options = null, Action<IServiceCollection>? services = null) => new()
    {
        NeverExpires = true,
        Kestrel = kestrel,
        Options = options,
        Services = s =>
        {
            _ = whenAway is { } status ? s.AddHealthChecks().AddHybridSession(status) : s.AddHealthChecks().AddHybridSession();
            services?.Invoke(s);
        },
        Before = a => a.UseHealthChecks("/healthz/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") }),
    };

    private static Task<(HealthStatus Status, string Text)> ReadyAsync(SessionApp app) => AskAsync(app, "hybridsession-ready");

    private static Task<(HealthStatus Status, string Text)> PromiseAsync(SessionApp app) => AskAsync(app, "hybridsession-promise");

    private static async Task<(HealthStatus Status, string Text)> AskAsync(SessionApp app, string name)
    {
        var report = await app.Provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == name, TestContext.Current.CancellationToken);
        var entry = Assert.Single(report.Entries).Value;
        return (entry.Status, entry.Description!);
    }
}
