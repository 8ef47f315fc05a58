using System.Security.Cryptography;
using HybridSession.Postgres;
using HybridSession.Resilience.Scenarios;
using Microsoft.Extensions.DependencyInjection;

namespace HybridSession.Resilience.Faults.Proxy;

/// <summary>The PostgreSQL store alone, without retries, behind a proxy; and the same store without a proxy, to look with.</summary>
internal sealed class ProxiedStore : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly ServiceProvider _direct;

    private ProxiedStore(FaultProxy proxy, string connectionString, FlushMethod method)
    {
        Proxy = proxy;
        ConnectionString = proxy.Through(connectionString);
        _services = Services(ConnectionString, method);
        _direct = Services(connectionString, method);
    }

    public FaultProxy Proxy { get; }

    public string ConnectionString { get; }

    public ISessionBackingStore Store => _services.GetRequiredService<ISessionBackingStore>();

    public ISessionBackingStore Direct => _direct.GetRequiredService<ISessionBackingStore>();

    public static async Task<ProxiedStore> StartAsync(ControlledServer server, FlushMethod method)
    {
        var connectionString = await server.NewDatabaseAsync();
        var store = new ProxiedStore(FaultProxy.Start(connectionString), connectionString, method);
        await store.Store.InitializeAsync(default);
        return store;
    }

    /// <summary>Sessions that are stored, and a change of each.</summary>
    public async Task<SessionWrite[]> StoredAsync(int count)
    {
        var births = Enumerable.Range(0, count).Select(_ => new SessionWrite(new SessionKey(RandomNumberGenerator.GetBytes(SessionKey.ByteLength)), RandomNumberGenerator.GetBytes(200), 1, 0, TimeSpan.FromHours(1))).ToArray();
        Assert.All(await Direct.FlushAsync(births, default), o => Assert.Equal(FlushOutcome.Written, o));
        return Array.ConvertAll(births, b => b with { Payload = RandomNumberGenerator.GetBytes(200), BaseVersion = 1, Version = 2 });
    }

    /// <summary>The version that all of the rows have.</summary>
    public async Task<long> VersionAsync(SessionWrite[] writes) =>
        Assert.Single((await Direct.LoadAsync([.. writes.Select(w => w.Key)], default)).Select(s => s!.Version).Distinct());

    /// <summary>Closes the store; the proxy stays.</summary>
    public ValueTask CloseAsync() => _services.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _direct.DisposeAsync();
        await Proxy.DisposeAsync();
    }

    private static ServiceProvider Services(string connectionString, FlushMethod method)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddHybridSession(_ => { }).UsePostgres(connectionString, o => o.FlushMethod = method);
        return services.BuildServiceProvider();
    }
}
