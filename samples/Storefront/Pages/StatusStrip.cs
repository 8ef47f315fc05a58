using HybridSession;
using Npgsql;

namespace Storefront.Pages;

/// <summary>The footer: where this very request found its session, and what the table says about it.</summary>
internal static class StatusStrip
{
    private const int Shown = 12;

    public static async Task<Html> ForAsync(HttpContext context)
    {
        var session = context.GetHybridSession();
        var (word, sentence) = Explain(session.Origin);
        var row = await RowAsync(context, session);
        return Html.Of($"""
            <footer class="strip" data-origin="{session.Origin.ToString()}"><div class="wide">
            <h2>This page and its session</h2>
            <dl>
            <div><dt>Came from</dt><dd><span class="dot {word}"></span><strong id="origin">{word}</strong> {sentence}</dd></div>
            <div><dt>Session id</dt><dd>{(session.Origin is SessionOrigin.Memory or SessionOrigin.Store or SessionOrigin.Lost ? Html.Of($"<code id=\"session-id\">{session.Id[..Shown]}…</code>") : new("none yet"))}</dd></div>
            <div><dt>Key in the table</dt><dd>{row}</dd></div>
            <div><dt>Answered by</dt><dd>the node on port <span id="node">{context.Connection.LocalPort}</span></dd></div>
            </dl>
            </div></footer>
            """);
    }

    private static async Task<Html> RowAsync(HttpContext context, ISession session)
    {
        try
        {
            return await context.RequestServices.GetRequiredService<ShopDatabase>().FindKeyAsync(session.Id, context.RequestAborted) is { } key
                ? Html.Of($"<code id=\"table-key\">{key[..Shown]}…</code>")
                : new("no row");
        }
        catch (NpgsqlException)
        {
            return new("<span id=\"table-away\">PostgreSQL does not answer</span>");
        }
    }

    private static (string Word, string Sentence) Explain(SessionOrigin origin) => origin switch
    {
        SessionOrigin.Memory => ("memory", "Read without a call to the database."),
        SessionOrigin.Store => ("database", "It was not in memory, so it was loaded once from PostgreSQL."),
        SessionOrigin.Lost => ("database", "A node ended before it had stored your last change: have a look at your cart."),
        SessionOrigin.NoToken => ("new", "Your browser brought no session. Nothing is stored until there is something to keep."),
        SessionOrigin.Malformed => ("new", "What your browser brought is no session token."),
        SessionOrigin.Unknown => ("new", "Nobody knows the session that your browser brought."),
        SessionOrigin.IdleExpired => ("new", "The old one was idle for too long."),
        SessionOrigin.AbsoluteExpired => ("new", "The old one reached its greatest age."),
        SessionOrigin.Removed => ("new", "The old one was ended."),
        SessionOrigin.Unreadable => ("new", "The stored one cannot be read; its row is kept."),
        SessionOrigin.StoreUnavailable => ("unavailable", "It is not in memory, and PostgreSQL does not answer. The cookie is kept."),
        _ => ("new", ""),
    };
}
