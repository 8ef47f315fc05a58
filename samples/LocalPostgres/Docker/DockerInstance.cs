using System.Security.Cryptography;
using Testcontainers.PostgreSql;

namespace HybridSession.LocalPostgres.Docker;

/// <summary>A server in a container, which ends with its data.</summary>
/// <remarks>Nothing is kept in a volume: two containers on one volume would not see each other, and would ruin the data.</remarks>
internal sealed class DockerInstance : PostgresInstance
{
    private const string DefaultImage = "postgres:17-alpine";
    private const int ServerPort = 5432;

    private readonly PostgreSqlContainer _container;
    private readonly string _image;

    private DockerInstance(PostgreSqlContainer container, string image) => (_container, _image, ConnectionString) = (container, image, container.GetConnectionString());

    public override PostgresWay Way => PostgresWay.Docker;

    public override string Description => $"a container of the image {_image}";

    // Read once: while the container is stopped it cannot be asked, and its port is fixed.
    public override string ConnectionString { get; }

    /// <summary>Null where no Docker engine answers.</summary>
    public static async Task<DockerInstance?> TryStartAsync(LocalPostgresOptions options, Action<string> log, CancellationToken cancellationToken)
    {
        if (!await DockerProbe.AnswersAsync(cancellationToken)) return null;
        var image = Environment.GetEnvironmentVariable(LocalPostgresOptions.ImageVariable) is { Length: > 0 } named ? named : DefaultImage;
        log($"Starting a container of {image}{(options.Keep is null ? "" : "; its data end with it")}.");
        PostgreSqlContainer? container = null;
        try
        {
            container = Build(options, image);
            await container.StartAsync(cancellationToken);
            return new DockerInstance(container, image);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            if (container is not null) await container.DisposeAsync();
            throw new LocalPostgresException($"A Docker engine answers, and a container of the image '{image}' did not start: {e.Message} Set {LocalPostgresOptions.ImageVariable} to an image that this engine has, or {LocalPostgresOptions.Variable} to a running server.", e);
        }
    }

    public override async Task StopAsync(bool immediate, CancellationToken cancellationToken)
    {
        // SIGQUIT is PostgreSQL's immediate stop, and the server is the container's first process; stopping the container then only waits for its end.
        if (immediate) await _container.ExecAsync(["sh", "-c", "kill -QUIT 1"], cancellationToken);
        await _container.StopAsync(cancellationToken);
    }

    public override Task StartAgainAsync(CancellationToken cancellationToken) => _container.StartAsync(cancellationToken);

    public override Task PauseAsync(CancellationToken cancellationToken) => _container.PauseAsync(cancellationToken);

    public override Task ResumeAsync(CancellationToken cancellationToken) => _container.UnpauseAsync(cancellationToken);

    public override ValueTask DisposeAsync() => _container.DisposeAsync();

    private static PostgreSqlContainer Build(LocalPostgresOptions options, string image)
    {
        // The module turns durability off for speed; what is tested and measured here is durability. The last setting wins.
        string[] command = ["-c", "fsync=on", "-c", "full_page_writes=on", "-c", "synchronous_commit=on", .. options.Settings.SelectMany(s => new[] { "-c", s.Replace(" ", "", StringComparison.Ordinal) })];

        // A fixed port: a mapped one would change when the container is stopped and started.
        return new PostgreSqlBuilder(image)
            .WithPassword(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)))
            .WithPortBinding(FreePort.Next(), ServerPort)
            .WithCommand(command)
            .Build();
    }
}
