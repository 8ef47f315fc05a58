namespace HybridSession.LocalPostgres;

/// <summary>What kind of server is wanted, and where its data live.</summary>
public sealed class LocalPostgresOptions
{
    /// <summary>The environment variable with a connection string; where it is set, that server is used and none is started.</summary>
    public const string Variable = "HYBRIDSESSION_POSTGRES";

    /// <summary>The environment variable with the folder of initdb, pg_ctl and postgres.</summary>
    public const string BinariesVariable = "HYBRIDSESSION_PG_BIN";

    /// <summary>The environment variable with the container image.</summary>
    public const string ImageVariable = "HYBRIDSESSION_PG_IMAGE";

    /// <summary>The environment variable with the folder for kept data, in place of the usual one.</summary>
    public const string FolderVariable = "HYBRIDSESSION_PG_DATA";

    /// <summary>The name under which data are kept between runs (by a private server; a container keeps none). Null: a throw-away server, removed at the end.</summary>
    public string? Keep { get; init; }

    /// <summary>The folder for kept data; null chooses one for <see cref="Keep"/>.</summary>
    public string? Folder { get; init; }

    /// <summary>The database to connect to; created when it is absent.</summary>
    public string Database { get; init; } = "hybridsession";

    /// <summary>Whether a Docker engine, where one answers, comes before the binaries of this machine.</summary>
    public bool PreferDocker { get; init; }

    /// <summary>Whether the caller will stop, start or pause the server. A server from <see cref="Variable"/> is then left alone.</summary>
    public bool Control { get; init; }

    /// <summary>The only way to try; null for all, in order.</summary>
    public PostgresWay? Only { get; init; }

    /// <summary>Server settings beyond the defaults, as <c>name = value</c>. Durability settings stay as PostgreSQL ships them: on.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>For tests and benches: throw-away, Docker first.</summary>
    public static LocalPostgresOptions ForTests(bool control = false) => new() { PreferDocker = true, Control = control };

    /// <summary>For samples: kept between runs under <paramref name="name"/>, binaries of this machine first.</summary>
    public static LocalPostgresOptions ForSample(string name) =>
        new() { Keep = name, Folder = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder ? folder : null };
}
