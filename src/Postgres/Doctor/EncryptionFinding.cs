using System.Net;

namespace HybridSession.Postgres.Doctor;

/// <summary>Judges whether others on the way can read sessions and passwords, or answer in the server's place. Pure.</summary>
internal static class EncryptionFinding
{
    private const string Name = "encryption";
    private const string Verify = "Set SSL Mode=VerifyFull and Root Certificate to the file of the certificate authority (in a URI sslmode=verify-full and sslrootcert).";

    /// <param name="hosts">As the connection string lists them.</param>
    /// <param name="sslMode">The name of Npgsql's SSL mode.</param>
    /// <param name="isPooled">A pooler is in between: what the server sees is not this node's connection.</param>
    /// <param name="isEncrypted">What the server sees.</param>
    /// <param name="tlsVersion">Likewise.</param>
    public static ProbeFinding Of(string hosts, string sslMode, bool isPooled, bool isEncrypted, string tlsVersion)
    {
        var all = hosts.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (all.All(IsUnixSocket)) return ProbeFinding.Good(Name, "A Unix socket: nothing leaves this machine.");
        if (isPooled) (isEncrypted, tlsVersion) = (sslMode is "Require" or "VerifyCA" or "VerifyFull", "TLS to the pooler");
        var how = isEncrypted ? $"Encrypted ({tlsVersion}, SSL Mode={sslMode})" : $"{(isPooled ? "Perhaps not" : "Not")} encrypted (SSL Mode={sslMode})";
        if (all.All(static host => IsUnixSocket(host) || IsLoopback(host))) return ProbeFinding.Good(Name, $"{how}, over this machine's loopback address.");
        if (!isEncrypted) return ProbeFinding.Warning(Name, $"{how}: whoever is on the way reads every session.", $"Enable ssl on the server. {Verify}");
        return sslMode switch
        {
            "VerifyFull" => ProbeFinding.Good(Name, $"{how}, and the server's certificate is checked."),
            "VerifyCA" => ProbeFinding.Warning(Name, $"{how}, but any server with a certificate of the same authority is believed.", Verify),
            _ => ProbeFinding.Warning(Name, $"{how}, but whoever answers is believed to be the server.", Verify),
        };
    }

    private static bool IsUnixSocket(string host) => host.StartsWith('/') || host.StartsWith('@');

    private static bool IsLoopback(string host)
    {
        var name = WithoutPort(host);
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address));
    }

    // A host of a list may carry its port: db:5432, [::1]:5432. An address of IPv6 alone stands without brackets.
    private static string WithoutPort(string host)
    {
        if (host.StartsWith('[')) return host[1..Math.Max(1, host.IndexOf(']', StringComparison.Ordinal))];
        var colon = host.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 || colon != host.LastIndexOf(':') ? host : host[..colon];
    }
}
