using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Doctor;
using HybridSession.Postgres.Failures;
using HybridSession.Postgres.Flush;
using HybridSession.Postgres.Peers;
using HybridSession.Postgres.Schema;
using HybridSession.Postgres.Users;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HybridSession.Postgres;

/// <summary>
/// Sessions in one PostgreSQL table. Every call takes a dedicated connection of its lane (writes, loads), does its work in as few round trips
/// as it can, and turns a failure into one <see cref="BackingStoreException"/>. Holds no session state; thread-safe.
/// </summary>
internal sealed partial class PostgresBackingStore : ISessionBackingStore, IAsyncDisposable, IDisposable
{
    private readonly PostgresSessionOptions _options;
    private readonly ILogger _logger;
    private readonly NpgsqlDataSource _dataSource;
    private readonly bool _ownsDataSource;
    private readonly SqlScripts _sql;
    private readonly ConnectionLane _writes;
    private readonly ConnectionLane _loads;
    private readonly SessionReader _reader;
    private readonly SessionToucher _toucher;
    private readonly SessionRekeyer _rekeyer;
    private readonly SessionPruner _pruner;
    private readonly ServerPing _ping;
    private readonly ArrayFlush _arrays;
    private readonly CopyFlush _copy;
    private readonly BlockedRows _blocked;
    private volatile bool _disposed;
    private int _poolerReported;

    public PostgresBackingStore(IOptions<PostgresSessionOptions> options, ILogger<PostgresBackingStore> logger) : this(options.Value, logger)
    {
    }

    /// <exception cref="OptionsValidationException">The options cannot work.</exception>
    internal PostgresBackingStore(PostgresSessionOptions options, ILogger logger)
    {
        var failures = PostgresSessionOptionsValidator.Failures(options);
        if (failures.Count > 0) throw new OptionsValidationException(nameof(PostgresSessionOptions), typeof(PostgresSessionOptions), failures);

        _options = options;
        _logger = logger;
        _ownsDataSource = options.DataSource is null;
        _dataSource = options.DataSource ?? CreateDataSource(options.ConnectionString);
        _ownsListenSource = _ownsDataSource || options.ListenConnectionString is not null;
        _listenSource = _ownsListenSource ? CreateListenSource(options) : _dataSource;
        _sql = new SqlScripts(options.Schema);
        _writes = new ConnectionLane(ConnectionLane.MaxWriters, OpenAsync);
        _loads = new ConnectionLane(ConnectionLane.MaxLoaders, OpenAsync);
        _sends = new ConnectionLane(ConnectionLane.MaxSenders, OpenAsync);
        _reader = new SessionReader(_sql);
        _toucher = new SessionToucher(_sql);
        var userLocks = new UserLocks(_sql, options.Schema);
        _rekeyer = new SessionRekeyer(_sql, userLocks, _reader);
        _binder = new SessionBinder(_sql, userLocks, _reader);
        _users = new UserSessions(_sql, userLocks);
        _letters = new DeadLetterTable(_sql);
        _pruner = new SessionPruner(_sql, _letters);
        _ping = new ServerPing(_sql);
        _arrays = new ArrayFlush(_sql, options.LargeRowBytes);
        _copy = new CopyFlush(_sql);
        _blocked = new BlockedRows(_sql, TimeProvider.System);
        _peerNames = new PeerNames(options.Schema);
        _directory = new PeerDirectory(_sql, _peerNames);
        _sender = new PeerSender(_sql, _peerNames);
    }

    /// <summary>What looks at the server and the table for the <see cref="SessionDoctor"/>.</summary>
    public PostgresProbe CreateProbe(SessionEngineOptions engine, TimeProvider time) =>
        new(_options, engine, _dataSource, _sql, CountConnections, engine.Cluster.Enabled ? new NodesProbe(CreateDoor(), _directory, () => _link?.Node) : null, time);

    public ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new StoreStart(_options, _dataSource, _sql, _logger).RunAsync(cancellationToken);
    }

    public async ValueTask PingAsync(CancellationToken cancellationToken) =>
        await CallAsync(_writes, static () => "A ping", (connection, _, token) => _ping.RunAsync(connection, token), cancellationToken).ConfigureAwait(false);

    public async ValueTask<StoredSession?[]> LoadAsync(IReadOnlyList<SessionRead> reads, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reads);
        if (reads.Count == 0) return [];

        var found = await CallAsync(_loads, () => $"Loading {reads.Count} sessions", (connection, _, token) => _reader.ReadAsync(connection, reads, token), cancellationToken).ConfigureAwait(false);
        var sessions = new StoredSession?[reads.Count];
        for (var i = 0; i < sessions.Length; i++) sessions[i] = found.GetValueOrDefault(reads[i].Key) is { } row ? SessionReader.WithoutKnown(row, reads[i]) : null;
        return sessions;
    }

    public async ValueTask<FlushOutcome[]> FlushAsync(IReadOnlyList<SessionWrite> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0) return [];

        // Before any I/O: a batch with a key twice is refused.
        var plan = FlushPlan.Of(batch);
        Func<string> action = () => $"Flushing {batch.Count} sessions";
        if (_blocked.MayBeThere) return await FlushAroundAsync(batch, action, cancellationToken).ConfigureAwait(false);
        try
        {
            return await CallAsync(_writes, action, (connection, progress, token) => FlushAsync(connection, batch, plan, progress, token), cancellationToken).ConfigureAwait(false);
        }
        catch (BackingStoreException failure) when (SqlStateClassifier.FindPostgres(failure)?.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            _blocked.Met();
            return await FlushAroundAsync(batch, action, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask<IReadOnlyList<SessionKey>> TouchAsync(IReadOnlyList<SessionTouch> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0) return [];

        return await CallAsync(_writes, () => $"Touching {batch.Count} sessions", (connection, progress, token) => _toucher.TouchAsync(connection, batch, progress, token), cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<bool> RemoveAsync(SessionKey key, CancellationToken cancellationToken) =>
        CallAsync(_writes, static () => "Removing a session", (connection, progress, token) => RemoveAsync(connection, key, progress, token), cancellationToken);

    public ValueTask<FlushOutcome> RekeyAsync(SessionKey oldKey, long baseVersion, SessionWrite replacement, CancellationToken cancellationToken) =>
        CallAsync(_writes, static () => "Moving a session to a new key", (connection, progress, token) => _rekeyer.RekeyAsync(connection, oldKey, baseVersion, replacement, progress, token), cancellationToken);

    public async ValueTask<long> PruneAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        var pruned = await CallAsync(_writes, static () => "Pruning expired sessions", (connection, progress, token) => _pruner.PruneAsync(connection, grace, progress, token), cancellationToken).ConfigureAwait(false);
        Log.Pruned(_logger, pruned);
        return pruned;
    }

    private async ValueTask<FlushOutcome[]> FlushAsync(DedicatedConnection connection, IReadOnlyList<SessionWrite> batch, FlushPlan plan, CallProgress progress, CancellationToken cancellationToken)
    {
        var unsure = _options.MayUseCopy(batch.Count)
            ? await _copy.RunAsync(connection, batch, plan, progress, cancellationToken).ConfigureAwait(false)
            : await _arrays.RunAsync(connection, batch, plan, progress, cancellationToken).ConfigureAwait(false);

        var outcomes = new FlushOutcome[batch.Count];
        if (unsure.Count == 0) return outcomes;

        // Some of these rows were not as expected; which ones, only the rows can tell.
        var rows = await _reader.ReadAsync(connection, unsure.Select(place => batch[plan.Order[place]].Key), cancellationToken).ConfigureAwait(false);
        foreach (var place in unsure)
        {
            var index = plan.Order[place];
            outcomes[index] = FlushVerdict.Of(batch[index], rows.GetValueOrDefault(batch[index].Key));
        }
        return outcomes;
    }

    // Stores what is free, and says of the rest that it is not. A lock on the whole table is no lock of rows: that ends in the time-out again.
    private ValueTask<FlushOutcome[]> FlushAroundAsync(IReadOnlyList<SessionWrite> batch, Func<string> action, CancellationToken cancellationToken) =>
        CallAsync(_writes, action, async (connection, progress, token) =>
        {
            var blocked = await _blocked.FindAsync(connection, batch, token).ConfigureAwait(false);
            var free = batch.Where((_, place) => !blocked.Contains(place)).ToArray();
            var stored = free.Length == 0 ? [] : await FlushAsync(connection, free, FlushPlan.Of(free), progress, token).ConfigureAwait(false);

            var next = 0;
            var outcomes = new FlushOutcome[batch.Count];
            for (var place = 0; place < outcomes.Length; place++) outcomes[place] = blocked.Contains(place) ? FlushOutcome.Blocked : stored[next++];
            return outcomes;
        }, cancellationToken);

    private async ValueTask<bool> RemoveAsync(DedicatedConnection connection, SessionKey key, CallProgress progress, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBatch(out var first);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(_sql.DeleteSession) { Parameters = { Parameter.Key(key) } });
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            progress.Sending();
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return batch.BatchCommands[first].RecordsAffected == 1;
        }
    }
}
