using HybridSession.Resilience.History;
using HybridSession.Resilience.Load;
using HybridSession.Resilience.Site;

namespace HybridSession.Resilience.Scenarios;

/// <summary>A new site with an empty memory, which shows what is stored.</summary>
internal static class Cold
{
    /// <summary>Reads all sessions of each crowd.</summary>
    public static async Task<FinalState[]> ReadAsync(string connectionString, string schema, params IReadOnlyList<Crowd> crowds)
    {
        await using var site = await InProcessSite.StartAsync(new SiteSettings { ConnectionString = connectionString, Schema = schema, IOTimeout = TimeSpan.FromSeconds(30) });
        var final = await Task.WhenAll(crowds.Select(crowd => crowd.ReadColdAsync(site.Address)));
        await site.StopGracefullyAsync();
        return final;
    }
}
