using System.Buffers.Binary;
using System.Globalization;
using HybridSession.Middleware;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace HybridSession.Resilience.Site;

/// <summary>
/// What clients do to their sessions. 200 is an acknowledgement. A client that brings a token whose session is not there is told so by 409 and given no
/// other session: it would go on with an empty one without noticing. Only <c>careless</c> does what most applications do, and does not look.
/// </summary>
internal static class Endpoints
{
    private const string RegisterPrefix = "r.";

    /// <summary>Answers without a session: how the site does, and whether it is up.</summary>
    public static void MapPlain(this WebApplication app, StatsRecorder stats) => app.Use((context, next) => context.Request.Path.Value switch
    {
        "/healthz" => context.Response.WriteAsync("ok"),
        "/stats" => context.Response.WriteAsJsonAsync(stats.Read()),
        _ => next(context),
    });

    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        app.MapPut("/register/{name}/{value:long}", Guarded(SetAsync));
        app.MapGet("/registers", Guarded(ReadAsync));
        app.MapPut("/visit/{name}/{value:long}", Guarded(VisitAsync));
        app.MapPut("/careless/{name}/{value:long}", static context => SetAsync(context, context.GetHybridSession()));
        app.MapPost("/logout", Guarded(static (context, session) => session.AbandonAsync(context.RequestAborted)));
        app.MapPost("/regenerate", Guarded(static (_, session) => session.RegenerateIdAsync()));
        app.MapPost("/increment/{name}", Guarded(IncrementAsync)).WithSession(exclusive: true);
        app.MapPut("/blob/{name}", Guarded(SetBlobAsync));
        app.MapPut("/blocking/{name}/{value:long}", Guarded(BlockAndSetAsync));
    }

    private static RequestDelegate Guarded(Func<HttpContext, IHybridSession, Task> action) => async context =>
    {
        var session = context.GetHybridSession();
        context.Response.Headers["X-Session-Origin"] = session.Origin.ToString();
        context.Response.StatusCode = !session.IsAvailable ? StatusCodes.Status503ServiceUnavailable
            : session.IsNew && session.Origin != SessionOrigin.NoToken ? StatusCodes.Status409Conflict
            : StatusCodes.Status200OK;
        if (context.Response.StatusCode != StatusCodes.Status200OK) return;
        await action(context, session);
    };

    // ?pad=N makes the value so many bytes longer; ?level=durable waits for the commit.
    private static Task SetAsync(HttpContext context, IHybridSession session)
    {
        var value = long.Parse((string)context.Request.RouteValues["value"]!, CultureInfo.InvariantCulture);
        _ = int.TryParse(context.Request.Query["pad"], CultureInfo.InvariantCulture, out var pad);
        var bytes = new byte[sizeof(long) + pad];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        session.Set(RegisterPrefix + context.Request.RouteValues["name"], bytes);
        return context.Request.Query["level"] == "durable" ? session.CommitAsync(Durability.Durable, context.RequestAborted) : Task.CompletedTask;
    }

    // Answers with what was there before the change: one answer shows whether this node knew all that its client was told.
    private static async Task VisitAsync(HttpContext context, IHybridSession session)
    {
        var before = RegistersOf(session);
        await SetAsync(context, session);
        await context.Response.WriteAsJsonAsync(before);
    }

    // ?milliseconds=N waits between reading and writing: what is not in turn overwrites others.
    private static async Task IncrementAsync(HttpContext context, IHybridSession session)
    {
        var name = RegisterPrefix + context.Request.RouteValues["name"];
        _ = int.TryParse(context.Request.Query["milliseconds"], CultureInfo.InvariantCulture, out var milliseconds);
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, (session.TryGetValue(name, out var before) ? BinaryPrimitives.ReadInt64BigEndian(before) : 0) + 1);
        await Task.Delay(milliseconds, context.RequestAborted);
        session.Set(name, bytes);
    }

    // ?milliseconds=N holds a thread of the pool for so long, as a handler does that calls something synchronously.
    private static Task BlockAndSetAsync(HttpContext context, IHybridSession session)
    {
        _ = int.TryParse(context.Request.Query["milliseconds"], CultureInfo.InvariantCulture, out var milliseconds);
        Thread.Sleep(milliseconds);
        return SetAsync(context, session);
    }

    private static Task ReadAsync(HttpContext context, IHybridSession session) => context.Response.WriteAsJsonAsync(RegistersOf(session));

    private static SortedDictionary<string, long> RegistersOf(IHybridSession session)
    {
        var registers = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var key in session.Keys.Where(k => k.StartsWith(RegisterPrefix, StringComparison.Ordinal)))
            if (session.TryGetValue(key, out var bytes)) registers[key[RegisterPrefix.Length..]] = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return registers;
    }

    // Whatever a client sends, under whatever name; what is too large is its own fault.
    private static async Task SetBlobAsync(HttpContext context, IHybridSession session)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        try
        {
            session.Set((string)context.Request.RouteValues["name"]!, body.ToArray());
        }
        catch (Exception e) when (e is SessionLimitException or ArgumentException)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        }
    }
}
