using System.Diagnostics;
using System.Net;
using Xunit;

namespace HybridSession.EndToEnd.Tests.Storefront;

public class RestartTests(ShopServer server) : IClassFixture<ShopServer>
{
    // MaxDirtyAge as the sample has it (the default), and what one flush may take on a busy machine.
    private static readonly TimeSpan MaxDirtyAge = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FlushMargin = TimeSpan.FromMilliseconds(1_300);

    [Fact]
    public async Task A_clean_start_serves_the_shop()
    {
        await using var site = await StorefrontProcess.StartAsync(await server.DatabaseAsync());
        using var shopper = new Shopper(site);

        var page = await shopper.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal(12, page.Text.Split("class=\"card\"").Length - 1);
        Assert.Equal("NoToken", page.Origin);
        Assert.Contains("default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Null(shopper.Token);

        var css = page.Text.Split("rel=\"stylesheet\" href=\"")[1].Split('"')[0];
        Assert.Equal(HttpStatusCode.OK, (await shopper.GetAsync(css)).Status);

        Assert.Equal("Healthy", (await shopper.GetAsync("/healthz/ready")).Text);
        Assert.Contains("Doctor: all is good", site.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_without_its_token_changes_nothing()
    {
        await using var site = await StorefrontProcess.StartAsync(await server.DatabaseAsync());
        using var client = new HttpClient { BaseAddress = site.Address };
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["product"] = "mug" });

        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/cart/add", form)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/sign-out", null)).StatusCode);
    }

    [Fact]
    public async Task The_table_has_a_row_for_each_session_under_a_key_of_64_hexadecimal_digits()
    {
        var database = await server.DatabaseAsync();
        await using var site = await StorefrontProcess.StartAsync(database);
        using var shopper = new Shopper(site);
        Assert.True(await shopper.AddAsync());

        var page = await shopper.GetAsync("/");
        var key = await ShopServer.ScalarAsync<string>(database, "select string_agg(session_key, ',') from session");

        Assert.Matches("^[0-9a-f]{64}$", key);
        Assert.DoesNotContain(shopper.Token!, key!, StringComparison.Ordinal);
        Assert.Contains($"id=\"table-key\">{key![..12]}", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cart_survives_a_restart()
    {
        var database = await server.DatabaseAsync();
        using var shopper = await FillAsync(database);

        await using var second = await StorefrontProcess.StartAsync(database);
        shopper.MoveTo(second);

        Assert.Equal("Store", (await shopper.GetAsync("/cart")).Origin);
        Assert.Equal("Memory", (await shopper.GetAsync("/cart")).Origin);
        Assert.Equal(new Dictionary<string, int> { ["mug"] = 2, ["lamp"] = 1 }, await shopper.CartAsync());
    }

    [Fact]
    public async Task Signing_in_changes_the_token_and_keeps_the_cart_and_signing_out_removes_the_row()
    {
        var database = await server.DatabaseAsync();
        await using var site = await StorefrontProcess.StartAsync(database);
        using var shopper = new Shopper(site);
        Assert.True(await shopper.AddAsync());
        var before = shopper.Token;

        Assert.True(await shopper.PostAsync("/sign-in", new() { ["name"] = "Ada <b>" }));
        var page = await shopper.GetAsync("/");

        Assert.NotEqual(before, shopper.Token);
        Assert.Contains("Hello, Ada &lt;b&gt;", page.Text, StringComparison.Ordinal);
        Assert.Equal(1, await shopper.CountAsync());
        Assert.Equal(1L, await ShopServer.ScalarAsync<long>(database, "select count(*) from session"));

        Assert.True(await shopper.PostAsync("/sign-out", []));
        Assert.Equal(0L, await ShopServer.ScalarAsync<long>(database, "select count(*) from session"));
        Assert.Null(shopper.Token);
    }

    [Fact]
    public async Task Stopping_under_load_loses_nothing()
    {
        var database = await server.DatabaseAsync();
        await using var first = await StorefrontProcess.StartAsync(database);
        using var crowd = await ShoppingCrowd.GatherAsync(first);
        crowd.Begin();
        await crowd.AddMoreAsync(1_000, "The crowd shops");

        await first.TerminateAsync();
        await crowd.StopAsync();

        await using var second = await StorefrontProcess.StartAsync(database);
        Assert.Empty(await crowd.MissingAtAsync(second));
        TestContext.Current.TestOutputHelper?.WriteLine($"{crowd.Acknowledged} acknowledged changes, 0 lost.");
    }

    [Fact]
    public async Task A_crash_loses_at_most_the_changes_of_the_durability_window()
    {
        var database = await server.DatabaseAsync();
        await using var first = await StorefrontProcess.StartAsync(database);
        using var crowd = await ShoppingCrowd.GatherAsync(first);
        crowd.Begin();
        await crowd.AddMoreAsync(1_000, "The crowd shops", atLeast: 3 * (MaxDirtyAge + FlushMargin));

        var killed = await first.KillAsync();
        await crowd.StopAsync();

        await using var second = await StorefrontProcess.StartAsync(database);
        var lost = (await crowd.MissingAtAsync(second)).Select(at => Stopwatch.GetElapsedTime(at, killed)).ToArray();
        var oldest = lost.DefaultIfEmpty().Max();
        TestContext.Current.TestOutputHelper?.WriteLine($"{crowd.Acknowledged} acknowledged changes, {lost.Length} lost, the oldest of them {oldest.TotalMilliseconds:0} ms before the crash.");
        Assert.True(oldest <= MaxDirtyAge + FlushMargin, $"A change was lost {oldest.TotalMilliseconds:0} ms after it was acknowledged.");
    }

    private static async Task<Shopper> FillAsync(string database)
    {
        await using var first = await StorefrontProcess.StartAsync(database);
        var shopper = new Shopper(first);
        foreach (var product in new[] { "mug", "lamp", "mug" }) Assert.True(await shopper.AddAsync(product));
        await first.TerminateAsync();
        return shopper;
    }
}
