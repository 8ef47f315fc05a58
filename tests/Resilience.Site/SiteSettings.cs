using System.Globalization;

namespace HybridSession.Resilience.Site;

/// <summary>What a scenario varies of the site under test. Everything else has the product's defaults.</summary>
public sealed record SiteSettings
{
    /// <summary>Npgsql keywords or a URI. Holds a password.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The level of every request that does not ask for another.</summary>
    public Durability Durability { get; init; } = Durability.WriteBehind;

    /// <summary>The promise of write-behind.</summary>
    public TimeSpan MaxDirtyAge { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest that a request waits for the store.</summary>
    public TimeSpan IOTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What a request meets when its session is not available.</summary>
    public UnavailableBehavior OnUnavailable { get; init; } = UnavailableBehavior.Fail503;

    /// <summary>Null for the default.</summary>
    public long? MaxDirtyBytes { get; init; }

    /// <summary>Null for the default.</summary>
    public long? MaxHotBytes { get; init; }

    /// <summary>The schema of the table.</summary>
    public string Schema { get; init; } = "public";

    /// <summary>How long a graceful stop may take.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Further keys of configuration, as <c>HybridSession:Flushers</c>.</summary>
    public IReadOnlyDictionary<string, string> Extra { get; init; } = new Dictionary<string, string>();

    /// <summary>The configuration key of <see cref="ShutdownTimeout"/>.</summary>
    public const string ShutdownTimeoutKey = "Site:ShutdownTimeout";

    /// <summary>As configuration: for a site in this process as it is, for another process as environment variables.</summary>
    public IReadOnlyDictionary<string, string?> ToConfiguration()
    {
        var keys = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["HybridSession:Postgres:ConnectionString"] = ConnectionString,
            ["HybridSession:Postgres:Schema"] = Schema,
            ["HybridSession:Durability"] = Durability.ToString(),
            ["HybridSession:MaxDirtyAge"] = MaxDirtyAge.ToString("c", CultureInfo.InvariantCulture),
            ["HybridSession:IOTimeout"] = IOTimeout.ToString("c", CultureInfo.InvariantCulture),
            ["HybridSession:OnUnavailable"] = OnUnavailable.ToString(),
            [ShutdownTimeoutKey] = ShutdownTimeout.ToString("c", CultureInfo.InvariantCulture),
        };
        if (MaxDirtyBytes is { } dirty) keys["HybridSession:MaxDirtyBytes"] = dirty.ToString(CultureInfo.InvariantCulture);
        if (MaxHotBytes is { } hot) keys["HybridSession:MaxHotBytes"] = hot.ToString(CultureInfo.InvariantCulture);
        foreach (var (key, value) in Extra) keys[key] = value;
        return keys;
    }
}
