using System.Text;
using HybridSession.Middleware.Tests.Hosting;
using HybridSession.Stores;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HybridSession.Middleware.Tests.Encryption;

/// <summary>A site whose sessions are compressed and encrypted, over restarts.</summary>
public sealed class EncryptedSiteTests : IDisposable
{
    private static readonly string Secret = string.Concat(Enumerable.Repeat("a secret of the visitor; ", 100));

    private readonly KeyRing _ring = new();

    public void Dispose() => _ring.Dispose();

    [Fact]
    public async Task A_session_survives_a_restart_and_its_row_shows_nothing_of_it()
    {
        await using var app = await new SessionApp { Stages = Both }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("cart", Secret));
        var row = await RowAsync(app, visitor);

        await using var cold = await app.RestartAsync();
        var answer = await Back(cold, visitor).AskAsync(cold, s => s.GetString("cart"));

        Assert.Equal(Secret, answer);
        Assert.Equal(StoredForm.Encrypted, row[0]);
        Assert.True(row.Length < Secret.Length / 4);
        Assert.All((string[])["secret", "cart"], text => Assert.Equal(-1, row.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public async Task Rows_of_every_form_are_served_while_stages_come_and_go()
    {
        Action<IHybridSessionBuilder>[] lives =
        [
            static _ => { },
            static b => b.UsePayloadCompression(),
            Both,
            b => Encrypt(b).UsePayloadEncryption(o => o.Enabled = false),
            static b => b.UsePayloadCompression(o => o.Threshold = 64),
            static _ => { },
        ];
        byte[] forms = [1, StoredForm.Compressed, StoredForm.Encrypted, 1, StoredForm.Compressed, 1];
        var app = await new SessionApp { Stages = lives[0] }.StartAsync();
        var visitors = new List<Visitor>();
        for (var life = 0; life < lives.Length; life++)
        {
            if (life > 0) app = await RestartAsync(app, lives[life]);
            // Before the stage that read them is taken away, each session is written once more by the one that follows.
            foreach (var old in visitors.Select(old => Back(app, old)))
            {
                Assert.Equal(Secret, await old.AskAsync(app, s => s.GetString("cart")));
                await old.UseAsync(app, s => s.SetInt32("life", life));
            }

            var visitor = app.NewVisitor();
            await visitor.UseAsync(app, s => s.SetString("cart", Secret));
            Assert.Equal(forms[life], (await RowAsync(app, visitor))[0]);
            visitors.Add(visitor);
        }

        await app.DisposeAsync();
    }

    [Fact]
    public async Task With_encryption_switched_off_encrypted_rows_are_refused_kept_and_said_in_one_line()
    {
        await using var app = await new SessionApp { Stages = Both }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("cart", Secret));
        var row = await RowAsync(app, visitor);

        await using var off = await app.RestartAsync(static _ => { });
        await AssertRefusedAsync(off, visitor, row, 1702);

        await using var on = await off.RestartAsync(Both);
        Assert.Equal(Secret, await Back(on, visitor).AskAsync(on, s => s.GetString("cart")));
    }

    [Fact]
    public async Task With_its_keys_lost_a_row_is_unreadable_kept_and_said_in_one_line()
    {
        await using var app = await new SessionApp { Stages = Ephemeral }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("cart", Secret));
        var row = await RowAsync(app, visitor);

        await using var cold = await app.RestartAsync();
        await AssertRefusedAsync(cold, visitor, row, 3050);

        Assert.Contains("PersistKeysTo", Assert.Single(cold.Logs.Of(3050)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_token_takes_the_session_along()
    {
        await using var app = await new SessionApp { Stages = Both }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("cart", Secret));
        await visitor.GetAsync(app, context => context.GetHybridSession().RegenerateIdAsync());

        await using var cold = await app.RestartAsync();

        Assert.Equal(Secret, await Back(cold, visitor).AskAsync(cold, s => s.GetString("cart")));
    }

    [Fact]
    public async Task What_the_store_refuses_is_replayed_from_an_encrypted_letter_also_after_a_restart_and_with_other_keys_in_use()
    {
        var refuses = true;
        void Refuse(IServiceCollection services) => services.AddSingleton(new BackingStoreStage((_, inner) => new RefusingStore(inner, () => refuses)));
        await using var app = await new SessionApp { NeverExpires = true, Stages = Both, Services = Refuse }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("cart", "1"));
        await Assert.ThrowsAsync<BackingStoreException>(() => visitor.GetAsync(app, async context =>
        {
            context.Session.SetString("cart", Secret);
            await context.Session.CommitAsync();
        }));
        Assert.Equal(new ReplayResult(0, 0, 1, 0), await app.Provider.GetRequiredService<ISessionQuarantine>().ReplayWhenWrittenAsync());
        var letter = Assert.Single(await app.Rows.ReadDeadLettersAsync(10, 0, null, default));
        Assert.Equal(StoredForm.Encrypted, letter.Payload[0]);

        await using var cold = await app.RestartAsync();
        KeyRing.Rotate(cold.Provider);
        refuses = false;
        Assert.Equal(new ReplayResult(1, 0, 0, 0), await cold.Provider.GetRequiredService<ISessionQuarantine>().ReplayAsync());

        Assert.Equal(Secret, await Back(cold, visitor).AskAsync(cold, s => s.GetString("cart")));
        Assert.Equal(0, await cold.Rows.CountDeadLettersAsync(default));
        Assert.Equal(StoredForm.Encrypted, (await RowAsync(cold, visitor))[0]);
    }

    [Fact]
    public async Task While_the_keys_are_out_of_reach_a_cold_session_is_not_available_and_its_client_keeps_it()
    {
        var keys = new FailingKeys();
        await using var app = await new SessionApp { NeverExpires = true, Stages = b => Use(b, keys).UsePayloadEncryption() }.StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("cart", Secret));
        await using var cold = await app.RestartAsync();
        var returning = Back(cold, visitor);
        keys.Fails = true;

        var origin = SessionOrigin.Unknown;
        await cold.AdvanceUntil(returning.GetAsync(cold, context =>
        {
            origin = context.GetHybridSession().Origin;
            return Task.CompletedTask;
        }));

        Assert.Equal((SessionOrigin.StoreUnavailable, visitor.Cookie), (origin, returning.Cookie));
        keys.Fails = false;
        await cold.AdvanceUntil(Task.Run(async () =>
        {
            while (await returning.AskAsync(cold, s => s.GetString("cart")) != Secret) await Task.Yield();
        }).ContinueWith(done => done.IsCompletedSuccessfully, TaskScheduler.Default));
        Assert.Equal(Secret, await returning.AskAsync(cold, s => s.GetString("cart")));
    }

    [Fact]
    public async Task Without_a_key_the_start_is_refused()
    {
        var app = new SessionApp { Stages = b => Use(b, new FailingKeys { Fails = true }).UsePayloadEncryption() };

        var failure = await Assert.ThrowsAsync<BackingStoreException>(app.StartAsync);

        Assert.StartsWith("Sessions cannot be encrypted: Data Protection has no key for it.", failure.Message, StringComparison.Ordinal);
        await app.DisposeAsync();
    }

    // A new session in its place, its own one still there.
    private static async Task AssertRefusedAsync(SessionApp app, Visitor visitor, byte[] row, int eventId)
    {
        for (var i = 0; i < 3; i++)
        {
            var returning = Back(app, visitor);
            var origin = SessionOrigin.Unknown;
            await returning.GetAsync(app, context =>
            {
                origin = context.GetHybridSession().Origin;
                Assert.Null(context.Session.GetString("cart"));
                context.Session.SetString("cart", "new");
                return Task.CompletedTask;
            });
            Assert.Equal(SessionOrigin.Unreadable, origin);
            Assert.NotEqual(visitor.Cookie, returning.Cookie);
        }

        Assert.Same(row, await RowAsync(app, visitor));
        Assert.Equal(LogLevel.Error, Assert.Single(app.Logs.Of(eventId)).Level);
        Assert.Single(app.Logs.Lines, line => line.Level >= LogLevel.Error);
        Assert.True(SessionToken.TryParse(visitor.CookieValue, out var token));
        Assert.DoesNotContain(app.Logs.Lines, line => ((string[])[visitor.CookieValue!, token.ToKey().ToHex()[8..24], "secret"]).Any(text => line.Text.Contains(text, StringComparison.OrdinalIgnoreCase)));
    }

    private void Both(IHybridSessionBuilder builder) => Encrypt(builder).UsePayloadEncryption().UsePayloadCompression();

    private IHybridSessionBuilder Encrypt(IHybridSessionBuilder builder)
    {
        _ring.Use(builder.Services);
        return builder;
    }

    private void Ephemeral(IHybridSessionBuilder builder)
    {
        Encrypt(builder).UsePayloadEncryption();
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
    }

    private IHybridSessionBuilder Use(IHybridSessionBuilder builder, IDataProtectionProvider keys)
    {
        Encrypt(builder).Services.AddSingleton(keys);
        return builder;
    }

    private static async Task<SessionApp> RestartAsync(SessionApp app, Action<IHybridSessionBuilder> stages)
    {
        var next = await app.RestartAsync(stages);
        await app.DisposeAsync();
        return next;
    }

    private static Visitor Back(SessionApp app, Visitor visitor)
    {
        var returning = app.NewVisitor();
        returning.Cookie = visitor.Cookie;
        return returning;
    }

    private static async Task<byte[]> RowAsync(SessionApp app, Visitor visitor)
    {
        Assert.True(SessionToken.TryParse(visitor.CookieValue, out var token));
        return (await app.Rows.LoadAsync([token.ToKey()], default))[0]!.Payload;
    }

    private sealed class RefusingStore(ISessionBackingStore inner, Func<bool> refuses) : DelegatingBackingStore(inner)
    {
        public override ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken) =>
            refuses() && batch.Any(write => !write.IsBirth)
                ? throw new BackingStoreException("The data is refused.", BackingStoreFailure.Data, outcomeUnknown: false, null)
                : base.FlushAsync(batch, cancellationToken);
    }
}
