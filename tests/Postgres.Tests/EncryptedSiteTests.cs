using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Postgres.Tests;

/// <summary>A whole site on PostgreSQL, and what somebody finds who has the tables.</summary>
public sealed class EncryptedSiteTests : IDisposable
{
    private const string Secret = "what only the visitor may know";

    private readonly DirectoryInfo _keys = Directory.CreateTempSubdirectory("hybridsession-keys-");

    public void Dispose() => _keys.Delete(recursive: true);

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_session_survives_a_restart_and_only_an_encrypted_one_is_not_found_in_a_dump(bool isEncrypted)
    {
        await using var schema = await TestSchema.CreateAsync();
        var cookies = new CookieContainer();
        await using (var site = await StartAsync(schema, isEncrypted))
        {
            await AskAsync(site, cookies, $"/set?value={Uri.EscapeDataString(Secret)}");
            Assert.Equal(Secret, await AskAsync(site, cookies, "/get"));
        }

        await using var restarted = await StartAsync(schema, isEncrypted);

        Assert.Equal(Secret, await AskAsync(restarted, cookies, "/get"));
        var dump = await schema.ScalarAsync<string>($"select string_agg(s::text, '') from {schema.Quoted}.session s");
        Assert.Contains(isEncrypted ? "\\\\x82" : "\\\\x01", dump, StringComparison.Ordinal);
        Assert.Equal(!isEncrypted, dump.Contains(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Secret)), StringComparison.Ordinal));
        Assert.DoesNotContain(Secret, dump, StringComparison.Ordinal);
    }

    private async Task<WebApplication> StartAsync(TestSchema schema, bool isEncrypted)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRouting();
        builder.Services.AddDataProtection().PersistKeysToFileSystem(_keys).SetApplicationName("shop");
        var sessions = builder.Services.AddHybridSession().UsePostgres(schema.ConnectionString, o => o.Schema = schema.Name);
        if (isEncrypted) sessions.UsePayloadEncryption(o => o.AcceptPlain = false).UsePayloadCompression();
        var site = builder.Build();
        site.UseHybridSession();
        site.MapGet("/set", (HttpContext context) => context.Session.SetString("secret", context.Request.Query["value"]!));
        site.MapGet("/get", (HttpContext context) => context.Session.GetString("secret"));
        await site.StartAsync();
        return site;
    }

    private static async Task<string> AskAsync(WebApplication site, CookieContainer cookies, string path)
    {
        var address = site.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        using var handler = new HttpClientHandler { CookieContainer = cookies };
        using var client = new HttpClient(handler) { BaseAddress = new Uri(address) };
        return await client.GetStringAsync(path);
    }
}
