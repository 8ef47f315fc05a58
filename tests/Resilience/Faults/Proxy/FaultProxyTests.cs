using System.Diagnostics;
using System.Net.Sockets;
using HybridSession.Resilience.Scenarios;
using Npgsql;

namespace HybridSession.Resilience.Faults.Proxy;

public class FaultProxyTests(ControlledServer server)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_passes_is_the_same_in_both_directions()
    {
        await using var proxy = await ProxyAsync();
        await using var connection = await OpenAsync(proxy);
        var payload = string.Concat(Enumerable.Range(0, 200_000).Select(i => (char)('a' + (i % 26))));

        await using var command = new NpgsqlCommand("select $1", connection) { Parameters = { new() { Value = payload } } };

        Assert.Equal(payload, await command.ExecuteScalarAsync(Cancelled));
        Assert.Equal(1, proxy.Connections);
    }

    [Fact]
    public async Task A_delay_is_added_to_each_round_trip()
    {
        await using var proxy = await ProxyAsync();
        await using var connection = await OpenAsync(proxy);
        proxy.Mode = new ProxyMode.Latency(TimeSpan.FromMilliseconds(100), 0.2);

        Assert.InRange(await TimeAsync(connection), TimeSpan.FromMilliseconds(79), TimeSpan.FromSeconds(2));
        proxy.Mode = ProxyMode.Pass;
        Assert.InRange(await TimeAsync(connection), TimeSpan.Zero, TimeSpan.FromMilliseconds(79));
    }

    [Fact]
    public async Task What_is_sent_into_a_black_hole_arrives_when_it_ends()
    {
        await using var proxy = await ProxyAsync();
        await using var connection = await OpenAsync(proxy);
        proxy.Mode = new ProxyMode.BlackHole();

        var query = TimeAsync(connection);
        var connecting = OpenAsync(proxy);
        await Task.Delay(200, Cancelled);
        Assert.False(query.IsCompleted);
        Assert.False(connecting.IsCompleted);
        proxy.Mode = ProxyMode.Pass;

        Assert.InRange(await query, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5));
        await (await connecting).DisposeAsync();
    }

    [Fact]
    public async Task A_half_open_connection_is_silent_until_TCP_gives_up_and_a_new_one_works()
    {
        await using var proxy = await ProxyAsync();
        await using var dead = await OpenAsync(proxy);
        proxy.Mode = new ProxyMode.HalfOpen();

        var query = TimeAsync(dead);
        await using var fresh = await OpenAsync(proxy);
        await TimeAsync(fresh);
        Assert.False(query.IsCompleted);
        proxy.Mode = ProxyMode.Pass;

        await Assert.ThrowsAsync<NpgsqlException>(() => query);
    }

    [Fact]
    public async Task A_trickle_takes_its_time()
    {
        await using var proxy = await ProxyAsync();
        await using var connection = await OpenAsync(proxy);
        proxy.Mode = new ProxyMode.Trickle(20_000);

        Assert.InRange(await TimeAsync(connection, "select repeat('x', 10000)"), TimeSpan.FromMilliseconds(490), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_reset_ends_what_exists_and_a_refusal_only_what_is_new()
    {
        await using var proxy = await ProxyAsync();
        await using var connection = await OpenAsync(proxy);

        proxy.Mode = new ProxyMode.Refuse();
        var refused = await Assert.ThrowsAsync<NpgsqlException>(() => OpenAsync(proxy));
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(refused.InnerException).SocketErrorCode);
        await TimeAsync(connection);
        Assert.Equal(1, proxy.ResetAll());
        await Assert.ThrowsAsync<NpgsqlException>(() => TimeAsync(connection));
        proxy.Mode = ProxyMode.Pass;

        await using var again = await OpenAsync(proxy);
        await TimeAsync(again);
    }

    [Fact]
    public async Task Noise_is_not_taken_for_an_answer()
    {
        await using var proxy = await ProxyAsync();
        for (var i = 0; i < Length.Of(5, 50); i++)
        {
            proxy.Mode = ProxyMode.Pass;
            await using var connection = await OpenAsync(proxy);
            proxy.Mode = new ProxyMode.Garble(1);

            // It may begin within the last byte that matters to nobody.
            await using var command = new NpgsqlCommand("select 1", connection) { CommandTimeout = 1 };
            List<object?> answers = [];
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                for (var j = 0; j < 3; j++) answers.Add(await command.ExecuteScalarAsync(Cancelled));
            });
            Assert.All(answers, answer => Assert.Equal(1, answer));
        }
    }

    [Fact]
    public async Task A_cut_that_no_connection_comes_to_is_withdrawn()
    {
        await using var proxy = await ProxyAsync();

        Assert.False(await proxy.CutAsync(new Cut(CutStage.CopyData), TimeSpan.FromMilliseconds(50)));

        await using var connection = await OpenAsync(proxy);
        await TimeAsync(connection);
    }

    private async Task<FaultProxy> ProxyAsync() => FaultProxy.Start(await server.NewDatabaseAsync());

    private async Task<NpgsqlConnection> OpenAsync(FaultProxy proxy)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(proxy.Through(server.Postgres.ConnectionString)) { Pooling = false, Timeout = 10, CancellationTimeout = 500 }.ConnectionString);
        await connection.OpenAsync(Cancelled);
        return connection;
    }

    private static async Task<TimeSpan> TimeAsync(NpgsqlConnection connection, string sql = "select 1")
    {
        var clock = Stopwatch.StartNew();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteScalarAsync(Cancelled);
        return clock.Elapsed;
    }
}
