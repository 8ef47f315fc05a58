using HybridSession.LocalPostgres;
using Xunit;

namespace HybridSession.EndToEnd.Tests.Storefront;

/// <summary>The sample as a newcomer starts it: nothing configured, a private server.</summary>
public class SampleStartTests
{
    [Fact]
    public async Task A_user_who_is_not_root_gets_a_private_server_that_ends_with_the_shop()
    {
        PostgresNeeded.Binaries();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The private server of another user is started by setpriv, which only Linux has.");
        using var home = new Home();
        var site = await StorefrontProcess.StartAsync(home.Command, home.Environment, home.Folder);
        string password;
        await using (site)
        {
            using var shopper = new Shopper(site);
            Assert.True(await shopper.AddAsync());
            Assert.Equal("Memory", (await shopper.GetAsync("/")).Origin);

            Assert.Contains("a private server on port", site.Output, StringComparison.Ordinal);
            password = Assert.Single(Directory.GetFiles(home.Folder, "password", SearchOption.AllDirectories));
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(password));
            await site.TerminateAsync();
        }

        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(password)!, "data", "postmaster.pid")));
    }

    [Fact]
    public async Task A_second_shop_joins_the_private_server_and_a_killed_one_leaves_it_to_the_next()
    {
        PostgresNeeded.Binaries();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The private server of another user is started by setpriv, which only Linux has.");
        using var home = new Home();
        await using var first = await StorefrontProcess.StartAsync(home.Command, home.Environment, home.Folder);
        using var shopper = new Shopper(first);
        Assert.True(await shopper.AddAsync());

        await first.KillAsync();
        await using var second = await StorefrontProcess.StartAsync(home.Command, home.Environment, home.Folder);
        shopper.MoveTo(second);

        Assert.Contains("it was running already", second.Output, StringComparison.Ordinal);
        Assert.Equal(1, await shopper.CountAsync());
        await second.TerminateAsync();
        Assert.Empty(Directory.GetFiles(home.Folder, "postmaster.pid", SearchOption.AllDirectories));
    }

    /// <summary>A home folder, with a copy of the shop that its owner may read wherever the build lies.</summary>
    private sealed class Home : IDisposable
    {
        public Home()
        {
            Folder = Directory.CreateTempSubdirectory("hs-home-").FullName;
            var app = Directory.CreateDirectory(Path.Combine(Folder, "app")).FullName;
            foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(f => Path.GetExtension(f) is ".dll" or ".json"))
                File.Copy(file, Path.Combine(app, Path.GetFileName(file)));

            // As root, drop to a user who is nobody; the owner of a home may be any user.
            string[] drop = [];
            if (System.Environment.IsPrivilegedProcess)
            {
                drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
                using var chown = System.Diagnostics.Process.Start("chown", ["-R", "65534:65534", Folder]);
                chown.WaitForExit();
            }

            Command = [.. drop, "dotnet", Path.Combine(app, "Storefront.dll")];
            Environment = new()
            {
                ["HOME"] = Folder,
                ["XDG_DATA_HOME"] = null,
                ["DOTNET_CLI_HOME"] = null,
                [LocalPostgresOptions.Variable] = null,
                ["ConnectionStrings__HybridSession"] = null,
            };
        }

        public string Folder { get; }

        public IReadOnlyList<string> Command { get; }

        public Dictionary<string, string?> Environment { get; }

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
