using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;

namespace HybridSession.EndToEnd.Tests.Storefront;

/// <summary>Shoppers who add one piece after another, and remember when the shop acknowledged each.</summary>
internal sealed class ShoppingCrowd : IDisposable
{
    private readonly List<(Shopper Shopper, ConcurrentQueue<long> Acknowledged)> _members = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public int Acknowledged => _members.Sum(m => m.Acknowledged.Count);

    public IReadOnlyList<Shopper> Shoppers => [.. _members.Select(m => m.Shopper)];

    /// <summary>Everybody has a session, stored in the table, before anybody begins to hurry.</summary>
    public static async Task<ShoppingCrowd> GatherAsync(StorefrontProcess site, int size = 8)
    {
        var crowd = new ShoppingCrowd();
        for (var i = 0; i < size; i++)
        {
            var shopper = new Shopper(site);
            ConcurrentQueue<long> acknowledged = [];
            if (await shopper.AddAsync()) acknowledged.Enqueue(Stopwatch.GetTimestamp());
            crowd._members.Add((shopper, acknowledged));
        }

        return crowd;
    }

    /// <summary>All shop until <see cref="StopAsync"/> or until the site is gone.</summary>
    public void Begin() => _running = Task.WhenAll(_members.Select(m => Task.Run(() => ShopAsync(m.Shopper, m.Acknowledged))));

    /// <summary>Returns when so many more pieces are acknowledged and, where a time is given, so much time has passed too.</summary>
    public Task AddMoreAsync(int pieces, string what, TimeSpan atLeast = default)
    {
        var (before, clock) = (Acknowledged, Stopwatch.StartNew());
        return Until.TrueAsync(() => Acknowledged >= before + pieces && clock.Elapsed >= atLeast, what);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>When the pieces were acknowledged that are not in the carts which a site shows. A cart that came back older lacks its newest pieces.</summary>
    public async Task<IReadOnlyList<long>> MissingAtAsync(StorefrontProcess site)
    {
        List<long> missing = [];
        foreach (var (shopper, acknowledged) in _members)
        {
            shopper.MoveTo(site);
            missing.AddRange(acknowledged.Skip(await shopper.CountAsync()));
        }

        return missing;
    }

    public void Dispose()
    {
        foreach (var (shopper, _) in _members) shopper.Dispose();
        _stop.Dispose();
    }

    private async Task ShopAsync(Shopper shopper, ConcurrentQueue<long> acknowledged)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (await shopper.AddAsync()) acknowledged.Enqueue(Stopwatch.GetTimestamp());
            }
            catch (Exception e) when (e is HttpRequestException or SocketException or OperationCanceledException)
            {
                // The site was stopped: whether this piece is in the cart, nobody knows, and it does not count.
                return;
            }
        }
    }
}
