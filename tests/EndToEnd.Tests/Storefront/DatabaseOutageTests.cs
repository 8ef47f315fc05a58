using System.Net;
using Xunit;

namespace HybridSession.EndToEnd.Tests.Storefront;

public class DatabaseOutageTests(ShopServer server) : IClassFixture<ShopServer>
{
    [Fact]
    public async Task Hot_sessions_are_served_on_and_their_changes_drained_when_the_database_is_back()
    {
        var database = await server.DatabaseAsync();
        await using var first = await StorefrontProcess.StartAsync(database);
        using var crowd = await ShoppingCrowd.GatherAsync(first);
        crowd.Begin();
        await crowd.AddMoreAsync(500, "The crowd shops");

        await server.Postgres.StopAsync(immediate: true);
        await crowd.AddMoreAsync(1_000, "The crowd shops on while the database is away");
        using (var balancer = new Shopper(first))
            await Until.TrueAsync(async () => (await balancer.GetAsync("/healthz/ready")).Text == "Degraded", "The site says that it does without the database");
        await server.Postgres.StartAgainAsync();

        var before = await VersionsAsync(database);
        await Until.TrueAsync(async () => await VersionsAsync(database) > before, "What was changed during the outage is stored");
        await crowd.AddMoreAsync(500, "The crowd shops on");
        await first.TerminateAsync();
        await crowd.StopAsync();

        await using var second = await StorefrontProcess.StartAsync(database);
        Assert.Empty(await crowd.MissingAtAsync(second));
        TestContext.Current.TestOutputHelper?.WriteLine($"{crowd.Acknowledged} acknowledged changes, 0 lost.");
    }

    [Fact]
    public async Task A_cold_session_is_served_without_its_data_keeps_its_cookie_and_is_back_afterwards()
    {
        var database = await server.DatabaseAsync();
        await using var first = await StorefrontProcess.StartAsync(database);
        using var shopper = new Shopper(first);
        Assert.True(await shopper.AddAsync());
        await first.TerminateAsync();
        await using var second = await StorefrontProcess.StartAsync(database);
        shopper.MoveTo(second);
        var token = shopper.Token;

        await server.Postgres.StopAsync();
        var during = await shopper.GetAsync("/");
        await server.Postgres.StartAgainAsync();

        Assert.Equal(HttpStatusCode.OK, during.Status);
        Assert.Equal("StoreUnavailable", during.Origin);
        Assert.Contains("your cart is safe", during.Text, StringComparison.Ordinal);
        Assert.Equal(token, shopper.Token);
        await Until.TrueAsync(async () => await shopper.CountAsync() == 1, "The cart is back");
        Assert.Equal(token, shopper.Token);
    }

    private static async Task<decimal> VersionsAsync(string database) => await ShopServer.ScalarAsync<decimal>(database, "select coalesce(sum(session_version), 0) from session");
}
