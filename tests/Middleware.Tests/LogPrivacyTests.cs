using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HybridSession.Middleware.Tests;

public class LogPrivacyTests
{
    private const string Secret = "payload-that-nobody-may-read";

    [Fact]
    public async Task No_log_line_and_no_exception_holds_a_token_a_key_or_a_payload()
    {
        var tokens = new List<string>();
        await using var app = await new SessionApp { NeverExpires = true, Options = o => o.IOTimeout = TimeSpan.FromSeconds(1) }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("secret-key", Secret));
        tokens.Add(visitor.CookieValue!);
        await visitor.GetAsync(app, context => context.GetHybridSession().RegenerateIdAsync());
        tokens.Add(visitor.CookieValue!);
        visitor.Cookie = $".HybridSession={tokens[0]}";
        await visitor.GetAsync("/");

        await using var cold = await app.RestartAsync();
        var returning = cold.NewVisitor();
        returning.Cookie = $".HybridSession={tokens[1]}";
        cold.Faults.Fails = true;
        await returning.GetAsync("/");
        await cold.AdvanceUntil(cold.NewVisitor().UseAsync(cold, s => s.SetString("secret-key", Secret)));
        await Assert.ThrowsAsync<NotSupportedException>(() => cold.NewVisitor().UseAsync(cold, s =>
        {
            s.SetString("secret-key", Secret);
            throw new NotSupportedException();
        }));
        returning.Cookie = $".HybridSession={tokens[1]}x";
        await returning.GetAsync("/");
        cold.Faults.Fails = false;

        var lines = app.Logs.Lines.Concat(cold.Logs.Lines).ToArray();
        Assert.Contains(lines, l => l.Level == LogLevel.Error);
        Assert.Contains(lines, l => l.EventId.Id == 3000);
        foreach (var token in tokens)
        {
            Assert.True(SessionToken.TryParse(token, out var parsed));
            var key = parsed.ToKey().ToHex();
            // The first 8 digits are the public form for matching log lines.
            string[] secrets = [token, token[..16], key, key[8..24], Secret];
            foreach (var line in lines)
                Assert.DoesNotContain(secrets, s => line.Text.Contains(s, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void Event_ids_and_names_are_a_contract()
    {
        var events = typeof(Log).GetMethods(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
            .SelectMany(m => m.GetCustomAttributes(typeof(LoggerMessageAttribute), false).Cast<LoggerMessageAttribute>())
            .Select(a => $"{a.EventId} {a.Level} {a.EventName}").Order();

        Assert.Equal(
            ["3000 Warning MalformedToken", "3001 Error LoadFailed", "3002 Error BirthFailed", "3003 Error CommitFailed", "3004 Error ReplacementCommitFailed", "3005 Information SwitchedOff", "3006 Debug ChangesDropped", "3007 Warning SecureCookieOverHttp", "3008 Information DrainBegun", "3009 Error TurnMissed", "3010 Error SignInWithoutSession",
             "3020 Warning StockSessionRefused", "3021 Warning StockSessionNotEnded", "3022 Information StockImportOver",
             "3050 Error PayloadsNotDecrypted", "3051 Error PayloadsOutOfPlace", "3052 Warning PlainPayloadsRefused"],
            events);
    }
}
