using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests;

public class HotPathTests
{
    // The request's session object; a read adds the copy of its value. Room for one more field, not for one more object.
#if DEBUG
    private const int ObjectBytes = 96 + 112; // the compiler makes the state of an async method an object
#else
    private const int ObjectBytes = 96;
#endif

    [Theory, InlineData("untouched", ObjectBytes), InlineData("read 32 bytes", ObjectBytes + 56), InlineData("no token", ObjectBytes)]
    public async Task A_hot_request_goes_on_synchronously_and_allocates_one_object(string use, int limit)
    {
        await using var app = await new SessionApp().StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.Set("key", new byte[32]));
        RequestDelegate next = use == "read 32 bytes"
            ? static context => context.Session.TryGetValue("key", out var value) ? Task.CompletedTask : throw new InvalidOperationException(value?.Length.ToString(provider: null))
            : static _ => Task.CompletedTask;
        var middleware = ActivatorUtilities.CreateInstance<HybridSessionMiddleware>(app.Provider, next);
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseFeature>(new QuietResponse());
        if (use != "no token") context.Request.Headers.Cookie = visitor.Cookie;

        var allocated = 0L;
        for (var i = 0; i < 200; i++)
        {
            // What Kestrel does between two requests of a connection.
            context.Features.Set<HybridRequestSession>(null);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var run = middleware.Invoke(context);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(run.IsCompletedSuccessfully);
        }

        Assert.InRange(allocated, 0, limit);
    }

    private sealed class QuietResponse : HttpResponseFeature
    {
        public override void OnStarting(Func<object, Task> callback, object state)
        {
        }
    }
}
