using System.Globalization;

namespace HybridSession.Cluster.Balancer;

/// <summary>A server as <c>show stat</c> describes it.</summary>
/// <param name="State"><c>UP</c>, <c>DOWN</c>, <c>DRAIN</c> or the like.</param>
/// <param name="Requests">Those under way.</param>
internal readonly record struct ServerStatus(string State, int Requests)
{
    public bool IsUp => State.StartsWith("UP", StringComparison.Ordinal);

    /// <summary>Reads the CSV, whose first line names the columns.</summary>
    public static ServerStatus Of(string csv, string backend, string server)
    {
        var lines = csv.Split('\n');
        var columns = lines[0].TrimStart('#', ' ').Split(',');
        var (state, requests) = (Array.IndexOf(columns, "status"), Array.IndexOf(columns, "scur"));
        var cells = lines.Skip(1).Select(line => line.Split(',')).FirstOrDefault(c => c.Length > 1 && c[0] == backend && c[1] == server)
            ?? throw new InvalidOperationException($"HAProxy does not know the server {backend}/{server}.");
        return new ServerStatus(cells[state], int.Parse(cells[requests], CultureInfo.InvariantCulture));
    }
}
