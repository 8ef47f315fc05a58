using System.Collections.Concurrent;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace HybridSession.Middleware.Tests.Endpoints;

/// <summary>Requests that stay inside their endpoints until the test lets them go.</summary>
internal sealed class ExclusiveSite
{
    private readonly ConcurrentQueue<TaskCompletionSource> _inside = new();

    private int _count;
    private int _most;

    /// <summary>Requests that are inside now.</summary>
    public int Inside => Volatile.Read(ref _count);

    /// <summary>The most that were inside together.</summary>
    public int Most => Volatile.Read(ref _most);

    /// <summary>An endpoint that counts in the session and waits for the test in between.</summary>
    public async Task StayAsync(HttpContext context)
    {
        var n = context.Session.GetInt32("n") ?? 0;
        var now = Interlocked.Increment(ref _count);
        for (var most = Most; most < now; most = Most) Interlocked.CompareExchange(ref _most, now, most);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _inside.Enqueue(gate);
        try
        {
            await gate.Task.WaitAsync(Waiting.Patience, context.RequestAborted);
            context.Session.SetInt32("n", n + 1);
            await context.Response.WriteAsync($"{n + 1}");
        }
        finally
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>Lets the one that came first go; waits until there is one.</summary>
    public async Task LetGoAsync()
    {
        TaskCompletionSource? gate = null;
        await UntilAsync(() => _inside.TryDequeue(out gate));
        gate!.SetResult();
    }

    /// <summary>The same for one that ends with an exception.</summary>
    public async Task FailAsync()
    {
        TaskCompletionSource? gate = null;
        await UntilAsync(() => _inside.TryDequeue(out gate));
        gate!.SetException(new InvalidOperationException("The endpoint was told to fail."));
    }

    public static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Waiting.Patience);
        while (!holds())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public Task<SessionApp> StartAsync(Action<IEndpointRouteBuilder>? map = null, Action<HybridSessionOptions>? options = null, PeerNetwork? network = null, LockNetwork? locks = null, bool routingFirst = true, bool kestrel = false, Action<IServiceCollection>? services = null) =>
        new SessionApp
        {
            Kestrel = kestrel,
            NeverExpires = true,
            Network = network,
            Locks = locks,
            Services = services,
            Options = options,
            Before = app =>
            {
                if (routingFirst) app.UseRouting();
            },
            After = app => (routingFirst ? (IApplicationBuilder)app : app.UseRouting()).UseEndpoints(e =>
            {
                e.MapGet("/turn", StayAsync).WithSession(exclusive: true);
                e.MapGet("/free", StayAsync);
                map?.Invoke(e);
            }),
        }.StartAsync();
}
