using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Internal;
using Microsoft.Extensions.Time.Testing;

namespace HybridSession.Middleware.Tests.Migration;

/// <summary>A site on the stock middleware and the same site on ours, over one distributed cache and one key ring.</summary>
internal sealed class StockSite : IAsyncDisposable
{
    private readonly EphemeralDataProtectionProvider _keys = new();

    private StockSite() => Cache = new FaultyDistributedCache(
        new MemoryDistributedCache(Microsoft.Extensions.Options.Options.Create(new MemoryDistributedCacheOptions { Clock = new CacheClock(Time) })), CacheFaults);

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    public StoreFaults CacheFaults { get; } = new();
    public IDistributedCache Cache { get; }
    public SessionApp Old { get; private set; } = null!;
    public SessionApp New { get; private set; } = null!;

    public static async Task<StockSite> StartAsync(Action<StockImportOptions>? import = null, Action<HybridSessionOptions>? options = null, bool header = false)
    {
        var site = new StockSite();
        site.Old = await new SessionApp { Kind = HostKind.Stock, Services = site.Share }.StartAsync();
        site.New = await new SessionApp
        {
            Options = options,
            Transport = b => b.ImportStockSessions(import),
            Services = s =>
            {
                site.Share(s);
                if (header) s.AddSingleton<ISessionTokenTransport, HeaderTokenTransport>();
            },
        }.StartAsync();
        return site;
    }

    /// <summary>A browser that is signed in at the old site.</summary>
    public async Task<Visitor> SignInAsync()
    {
        var visitor = Old.NewVisitor();
        (await visitor.UseAsync(Old, s =>
        {
            s.SetString("user", "ann");
            s.Set("empty", []);
            s.Set("größe", [1, 2, 3]);
        })).EnsureSuccessStatusCode();
        return visitor.At(New);
    }

    /// <summary>The key of a browser's stock session, as the stock middleware protects it.</summary>
    public string KeyOf(Visitor visitor)
    {
        var text = Uri.UnescapeDataString(visitor.CookieValue!);
        return System.Text.Encoding.UTF8.GetString(_keys.CreateProtector("SessionMiddleware").Unprotect(Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='))));
    }

    public async ValueTask DisposeAsync()
    {
        await Old.DisposeAsync();
        await New.DisposeAsync();
    }

    private void Share(IServiceCollection services) => services.AddSingleton<IDataProtectionProvider>(_keys).AddSingleton(Cache);

    private sealed class CacheClock(TimeProvider time) : ISystemClock
    {
        public DateTimeOffset UtcNow => time.GetUtcNow();
    }
}
