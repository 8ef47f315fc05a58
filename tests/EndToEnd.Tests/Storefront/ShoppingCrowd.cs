using System.Collections.Concurrent;
using System.Diagnostics;

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

    public Task AddMoreAsync(int pieces, string what)
    {
        var before = Acknowledged;
        return Until.TrueAsync(() => Acknowledged >= before + pieces, what);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>How many acknowledged pieces are not in the carts that a site shows.</summary>
    /// <param name="site">Where to look.</param>
    /// <param name="until">Only pieces acknowledged before this moment count.</param>
    public async Task<int> MissingAtAsync(StorefrontProcess site, long until = long.MaxValue)
    {
        var missing = 0;
        foreach (var (shopper, acknowledged) in _members)
        {
            shopper.MoveTo(site);
            missing += Math.Max(0, acknowledged.Count(at => at < until) - await shopper.CountAsync());
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
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                // The site was stopped: whether this piece is in the cart, nobody knows, and it does not count.
                return;
            }
        }
    }
}
