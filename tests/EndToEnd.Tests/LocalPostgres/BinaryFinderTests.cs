using HybridSession.LocalPostgres;
using HybridSession.LocalPostgres.Cluster;
using Xunit;

namespace HybridSession.EndToEnd.Tests.LocalPostgres;

public class BinaryFinderTests
{
    private readonly Dictionary<string, string> _variables = [];
    private readonly HashSet<string> _serverFolders = [];
    private string? _bindir;

    [Fact]
    public void The_newest_version_is_found_by_number_not_by_letter()
    {
        Install("/usr/lib/postgresql/9.6/bin", "/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/17/bin");

        Assert.Equal("/usr/lib/postgresql/17/bin", Find()?.Folder);
    }

    [Fact]
    public void Versions_of_all_places_are_compared()
    {
        Install("/usr/lib/postgresql/15/bin", "/usr/pgsql-18/bin", "/opt/homebrew/opt/postgresql@17/bin");

        Assert.Equal("/usr/pgsql-18/bin", Find()?.Folder);
    }

    [Fact]
    public void A_folder_without_the_server_is_passed_over()
    {
        Install("/usr/lib/postgresql/15/bin");
        _serverFolders.Add("/usr/lib/postgresql/18/bin-of-the-client-only");

        Assert.Equal("/usr/lib/postgresql/15/bin", Find()?.Folder);
    }

    [Fact]
    public void The_named_folder_wins()
    {
        Install("/usr/lib/postgresql/17/bin", "/custom");
        _variables[LocalPostgresOptions.BinariesVariable] = "/custom";

        Assert.Equal("/custom", Find()?.Folder);
    }

    [Fact]
    public void A_named_folder_without_a_server_is_an_error_that_names_the_setting()
    {
        Install("/usr/lib/postgresql/17/bin");
        _variables[LocalPostgresOptions.BinariesVariable] = "/wrong";

        var error = Assert.Throws<LocalPostgresException>(Find);
        Assert.Contains($"{LocalPostgresOptions.BinariesVariable} is '/wrong'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pg_config_on_the_path_leads_to_the_folder()
    {
        Install("/odd/place");
        _variables["PATH"] = "/usr/bin";
        _bindir = "/odd/place";

        Assert.Equal("/odd/place", Find()?.Folder);
    }

    [Fact]
    public void The_path_is_the_last_place()
    {
        Install("/nix/bin");
        _variables["PATH"] = "/usr/bin:/nix/bin";

        Assert.Equal("/nix/bin", Find()?.Folder);
    }

    [Fact]
    public void A_machine_without_a_server_has_none() => Assert.Null(Find());

    private void Install(params string[] folders) => _serverFolders.UnionWith(folders);

    private PostgresBinaries? Find() => new BinaryFinder(
        name => _variables.GetValueOrDefault(name),
        parent => _serverFolders.Where(f => f.StartsWith(parent + "/", StringComparison.Ordinal)).Select(f => $"{parent}/{f[(parent.Length + 1)..].Split('/')[0]}").Distinct(),
        file => (Path.GetFileName(file) == "pg_config" && _bindir is not null) || (_serverFolders.Contains(Path.GetDirectoryName(file)!) && !file.Contains("client-only", StringComparison.Ordinal)),
        _ => _bindir).Find();
}
