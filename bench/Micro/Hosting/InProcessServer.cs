using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace HybridSession.Bench.Micro.Hosting;

/// <summary>A server without sockets: what is left is ASP.NET Core's own hosting and the pipeline.</summary>
internal sealed class InProcessServer : IServer
{
    private InProcessExchange? _exchange;

    public IFeatureCollection Features { get; } = new FeatureCollection();

    /// <summary>The one connection. Used by one caller at a time.</summary>
    public InProcessExchange Exchange => _exchange ?? throw new InvalidOperationException("The host has not started.");

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken) where TContext : notnull
    {
        _exchange = new InProcessExchange<TContext>(application);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
    }
}
