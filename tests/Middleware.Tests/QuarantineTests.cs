using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests;

public class QuarantineTests
{
    [Fact]
    public async Task An_application_finds_its_quarantine_among_its_services_and_replays_what_its_store_refused()
    {
        var refuses = true;
        await using var app = await new SessionApp
        {
            NeverExpires = true,
            Services = services => services.AddSingleton(new BackingStoreStage((_, inner) => new RefusingStore(inner, () => refuses))),
        }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("cart", "1"));
        var failure = await Assert.ThrowsAsync<BackingStoreException>(() => visitor.GetAsync(app, async context =>
        {
            context.Session.SetString("cart", "2");
            await context.Session.CommitAsync();
        }));
        var quarantine = app.Provider.GetRequiredService<ISessionQuarantine>();
        Assert.Equal(BackingStoreFailure.Data, failure.Failure);
        Assert.Equal("2", await visitor.AskAsync(app, s => s.GetString("cart")));
        Assert.Equal(new ReplayResult(0, 0, 1, 0), await quarantine.ReplayWhenWrittenAsync());
        Assert.Equal(await visitor.AskAsync(app, s => s.Id), Assert.Single(await quarantine.ListAsync(10)).Id);

        refuses = false;
        Assert.Equal(new ReplayResult(1, 0, 0, 0), await quarantine.ReplayAsync());

        Assert.Equal(0, await quarantine.CountAsync());
        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = visitor.Cookie;
        Assert.Equal("2", await returning.AskAsync(cold, s => s.GetString("cart")));
    }

    private sealed class RefusingStore(ISessionBackingStore inner, Func<bool> refuses) : DelegatingBackingStore(inner)
    {
        public override ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken) =>
            refuses() && batch.Any(write => !write.IsBirth)
                ? throw new BackingStoreException("The data is refused.", BackingStoreFailure.Data, outcomeUnknown: false, null)
                : base.FlushAsync(batch, cancellationToken);
    }
}
