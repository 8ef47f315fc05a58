using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using HybridSession.LocalPostgres;
using Xunit;

namespace HybridSession.EndToEnd.Tests.Storefront;

/// <summary>The sample as its README starts three nodes of it behind HAProxy.</summary>
public sealed partial class ThreeNodesTests(ShopServer server) : IClassFixture<ShopServer>
{
    private const int Pieces = 9;

    [Fact]
    public async Task Three_nodes_serve_one_cart_and_end_with_their_script()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script is one for a Unix shell.");
        PostgresNeeded.Need(HasBalancer, "HAProxy is not installed (on Debian: apt-get install haproxy).");
        var port = FreePort.Next();
        using var script = Start(await server.DatabaseAsync(), port);
        try
        {
            using var shopper = new Shopper(new Uri($"http://127.0.0.1:{port}"));
            await Until.TrueAsync(() => AnswersAsync(script, shopper), "The shop answers behind its balancer", seconds: 90);

            for (var pieces = 1; pieces <= Pieces; pieces++)
            {
                Assert.True(await shopper.AddAsync());
                Assert.Equal(pieces, await shopper.CountAsync());
            }

            Assert.True(await shopper.PostAsync("/sign-in", new() { ["name"] = "Ada" }));
            HashSet<string> nodes = [];
            for (var i = 0; i < 3; i++)
            {
                var page = (await shopper.GetAsync("/")).Text;
                Assert.Contains("Hello, Ada", page, StringComparison.Ordinal);
                nodes.Add(NodeText().Match(page).Groups[1].Value);
            }

            Assert.Equal(3, nodes.Count);
            Assert.Equal(Pieces, await shopper.CountAsync());

            using (var signal = Process.Start("/bin/sh", ["-c", $"kill -TERM {script.Id}"])) await signal.WaitForExitAsync();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await script.WaitForExitAsync(limit.Token);
            Assert.Equal(0, script.ExitCode);
            await Assert.ThrowsAsync<HttpRequestException>(() => shopper.GetAsync("/healthz"));
        }
        finally
        {
            // The script is the parent of all of them.
            if (!script.HasExited) script.Kill(entireProcessTree: true);
        }
    }

    private static bool HasBalancer =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin").Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, "haproxy")));

    private static Process Start(string database, int port)
    {
        var info = new ProcessStartInfo("bash", [Path.Combine(SampleFolder(), "three-nodes.sh")]);
        info.Environment["HYBRIDSESSION_POSTGRES"] = database;
        info.Environment["SHOP"] = $"dotnet {StorefrontProcess.Library}";
        info.Environment["PORT"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        info.Environment["NODE_PORTS"] = $"{FreePort.Next()} {FreePort.Next()} {FreePort.Next()}";
        foreach (var name in info.Environment.Keys.Where(k => k.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToArray()) info.Environment.Remove(name);
        return Process.Start(info)!;
    }

    private static async Task<bool> AnswersAsync(Process script, Shopper shopper)
    {
        if (script.HasExited) throw new InvalidOperationException($"The script ended with code {script.ExitCode}.");
        try
        {
            return (await shopper.GetAsync("/healthz")).Status == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string SampleFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "HybridSession.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("No HybridSession.sln above this program.");
        return Path.Combine(folder.FullName, "samples", "Storefront");
    }

    [GeneratedRegex("id=\"node\">(\\d+)<")]
    private static partial Regex NodeText();
}
