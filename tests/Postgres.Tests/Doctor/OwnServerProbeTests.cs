using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HybridSession.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace HybridSession.Postgres.Tests.Doctor;

/// <summary>What is true of a whole server, on one that no other test uses.</summary>
public sealed class OwnServerProbeTests
{
    [Fact]
    public async Task The_settings_of_the_server_are_judged()
    {
        await using var server = await StartAsync("fsync = off", "full_page_writes = off", "autovacuum = off", "max_connections = 8");
        await using var store = new PostgresBackingStore(new PostgresSessionOptions { ConnectionString = server.ConnectionString }, NullLogger.Instance);
        await store.InitializeAsync(TestContext.Current.CancellationToken);

        var findings = await ExamineAsync(store);
        Assert.Equal(["commits", "vacuum", "connections"], findings.Where(f => f.Status == ProbeStatus.Warning).Select(f => f.Name));
        Assert.StartsWith("fsync is off", Find(findings, "commits").Observation, StringComparison.Ordinal);
        Assert.StartsWith("Autovacuum is off on the server", Find(findings, "vacuum").Observation, StringComparison.Ordinal);

        await ExecuteAsync(server, "alter system set fsync = on", "alter system set autovacuum = on", "select pg_reload_conf()");
        await Until(async () => Find(findings = await ExamineAsync(store), "commits").Observation.StartsWith("full_page_writes is off", StringComparison.Ordinal));
        Assert.DoesNotContain(findings, f => f.Name == "vacuum");
    }

    [Fact]
    public async Task The_encryption_of_the_connection_is_seen()
    {
        await using var server = await StartAsync();
        await EnableTlsAsync(server);
        var encrypted = new NpgsqlConnectionStringBuilder(server.ConnectionString) { SslMode = SslMode.Require, Pooling = false };
        await using var store = new PostgresBackingStore(new PostgresSessionOptions { ConnectionString = encrypted.ConnectionString, StartupTimeout = TimeSpan.Zero }, NullLogger.Instance);
        await Until(async () => Find(await ExamineAsync(store), "server").Status == ProbeStatus.Good);

        var finding = Find(await ExamineAsync(store), "encryption");

        Assert.Equal((ProbeStatus.Good, "Encrypted (TLSv1.3, SSL Mode=Require), over this machine's loopback address."), (finding.Status, finding.Observation));
    }

    private static ProbeFinding Find(IReadOnlyList<ProbeFinding> findings, string name) => Assert.Single(findings, f => f.Name == name);

    private static async Task<IReadOnlyList<ProbeFinding>> ExamineAsync(PostgresBackingStore store) =>
        await store.CreateProbe(new SessionEngineOptions(), TimeProvider.System).ExamineAsync(TestContext.Current.CancellationToken);

    private static async Task<LocalPostgresServer> StartAsync(params string[] settings)
    {
        try
        {
            return await LocalPostgresServer.StartAsync(new LocalPostgresOptions { PreferDocker = true, Control = true, Settings = settings });
        }
        catch (LocalPostgresException exception) when (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
        {
            Assert.Skip(exception.Message);
            throw;
        }
    }

    // The server writes its own files, so that they are its user's, and nobody else may read the key.
    private static async Task EnableTlsAsync(LocalPostgresServer server)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await ExecuteAsync(
            server,
            Write(certificate.ExportCertificatePem(), "server.crt"),
            Write(key.ExportPkcs8PrivateKeyPem(), "server.key"),
            "alter system set ssl = on",
            "select pg_reload_conf()");

        static string Write(string pem, string file) =>
            $"copy (select unnest(string_to_array('{pem.ReplaceLineEndings("\n")}', e'\\n'))) to program 'umask 077; cat > {file}'";
    }

    private static async Task ExecuteAsync(LocalPostgresServer server, params string[] statements)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }

    // The server reads its settings again some moment after it was told to.
    private static async Task Until(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await isSo()) await Task.Delay(50, patience.Token);
    }
}
