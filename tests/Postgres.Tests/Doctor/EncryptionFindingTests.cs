using HybridSession.Postgres.Doctor;
using Xunit;

namespace HybridSession.Postgres.Tests.Doctor;

public sealed class EncryptionFindingTests
{
    [Theory]
    [InlineData("/var/run/postgresql", "Prefer", false, ProbeStatus.Good, "A Unix socket")]
    [InlineData("@postgres", "Prefer", false, ProbeStatus.Good, "A Unix socket")]
    [InlineData("localhost", "Disable", false, ProbeStatus.Good, "Not encrypted (SSL Mode=Disable), over this machine's loopback address.")]
    [InlineData("127.0.0.9", "Prefer", false, ProbeStatus.Good, "loopback")]
    [InlineData("::1", "Prefer", false, ProbeStatus.Good, "loopback")]
    [InlineData("localhost:5433,[::1]:5432", "Prefer", false, ProbeStatus.Good, "loopback")]
    [InlineData("localhost,db", "Prefer", false, ProbeStatus.Warning, "Not encrypted (SSL Mode=Prefer): whoever is on the way reads every session.")]
    [InlineData("localhost.example.com", "Prefer", false, ProbeStatus.Warning, "Not encrypted")]
    [InlineData("db", "Prefer", true, ProbeStatus.Warning, "Encrypted (TLSv1.3, SSL Mode=Prefer), but whoever answers is believed")]
    [InlineData("db", "Require", true, ProbeStatus.Warning, "whoever answers is believed")]
    [InlineData("db", "VerifyCA", true, ProbeStatus.Warning, "any server with a certificate of the same authority is believed")]
    [InlineData("db", "VerifyFull", true, ProbeStatus.Good, "the server's certificate is checked")]
    public void What_others_on_the_way_can_do_is_said(string hosts, string mode, bool isEncrypted, ProbeStatus status, string expected)
    {
        var finding = EncryptionFinding.Of(hosts, mode, isPooled: false, isEncrypted, isEncrypted ? "TLSv1.3" : "");

        Assert.Equal(status, finding.Status);
        Assert.Contains(expected, finding.Observation, StringComparison.Ordinal);
    }

    // What the server sees is the pooler's connection.
    [Theory]
    [InlineData("Prefer", true, ProbeStatus.Warning, "Perhaps not encrypted")]
    [InlineData("Require", false, ProbeStatus.Warning, "Encrypted (TLS to the pooler")]
    [InlineData("VerifyFull", false, ProbeStatus.Good, "Encrypted (TLS to the pooler")]
    public void Behind_a_pooler_only_the_setting_tells(string mode, bool isEncryptedAtServer, ProbeStatus status, string expected)
    {
        var finding = EncryptionFinding.Of("pooler", mode, isPooled: true, isEncryptedAtServer, "");

        Assert.Equal(status, finding.Status);
        Assert.StartsWith(expected, finding.Observation, StringComparison.Ordinal);
    }
}
