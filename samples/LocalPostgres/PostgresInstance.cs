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

    /// <summary>Whether the server's processes can be killed.</summary>
    public virtual bool CanKill => false;

    public virtual Task KillAsync(CancellationToken cancellationToken) => throw NotPossible("be killed");

    public virtual Task KillBackendAsync(int processId, CancellationToken cancellationToken) => throw NotPossible("be killed");

    /// <summary>Whether the size of the server's files can be limited.</summary>
    public virtual bool CanLimitFiles => false;

    public virtual Task LimitFilesAsync(long? bytes, CancellationToken cancellationToken) => throw NotPossible("have its files limited");

    /// <summary>Whether standbys of this server can be made.</summary>
    public virtual bool CanReplicate => false;

    public virtual Task<PostgresInstance> StartStandbyAsync(string name, CancellationToken cancellationToken) => throw NotPossible("have a standby");

    public virtual Task StartAgainAsStandbyAsync(string name, PostgresInstance primary, CancellationToken cancellationToken) => throw NotPossible("become a standby");

    public abstract ValueTask DisposeAsync();

    private InvalidOperationException NotOurs() =>
        new($"The PostgreSQL server ({Description}) was not started by this process and is not stopped by it. Set LocalPostgresOptions.Control to get one that may be.");

    private InvalidOperationException NotPossible(string what) =>
        new($"The PostgreSQL server ({Description}) cannot {what} here. A private server on Linux can: install PostgreSQL's server binaries, and set LocalPostgresOptions.Only to PostgresWay.Binaries.");
}
