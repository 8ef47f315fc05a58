namespace HybridSession.LocalPostgres;

/// <summary>One server, whichever way it came about.</summary>
internal abstract class PostgresInstance : IAsyncDisposable
{
    public abstract PostgresWay Way { get; }

    /// <summary>For people: which server this is.</summary>
    public abstract string Description { get; }

    /// <summary>As an administrator, to a database that always exists.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>Whether the members below work.</summary>
    public virtual bool CanControl => true;

    public virtual Task StopAsync(bool immediate, CancellationToken cancellationToken) => throw NotOurs();

    public virtual Task StartAgainAsync(CancellationToken cancellationToken) => throw NotOurs();

    public virtual Task PauseAsync(CancellationToken cancellationToken) => throw NotOurs();

    public virtual Task ResumeAsync(CancellationToken cancellationToken) => throw NotOurs();

    public abstract ValueTask DisposeAsync();

    private InvalidOperationException NotOurs() =>
        new($"The PostgreSQL server ({Description}) was not started by this process and is not stopped by it. Set LocalPostgresOptions.Control to get one that may be.");
}
