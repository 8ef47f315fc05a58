using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Locks;
using HybridSession.Postgres.Peers;
using Npgsql;

namespace HybridSession.Postgres;

// What the link between the nodes needs of the store: its lanes, and its translation of failures.
internal sealed partial class PostgresBackingStore
{
    private readonly NpgsqlDataSource _listenSource;
    private readonly bool _ownsListenSource;
    private readonly ConnectionLane _sends;
    private readonly PeerNames _peerNames;
    private readonly PeerDirectory _directory;
    private readonly PeerSender _sender;
    private volatile PostgresPeerLink? _link;
    private volatile PostgresSessionLocks? _locks;

    /// <summary>The link between the nodes that use this schema.</summary>
    public PostgresPeerLink CreatePeerLink(TimeProvider time) => _link = new PostgresPeerLink(this, _listenSource, _options, _sql, _peerNames, time);

    /// <summary>The locks of the sessions in this schema.</summary>
    public PostgresSessionLocks CreateLocks(TimeProvider time) => _locks = new PostgresSessionLocks(CreateDoor(), _sql, _options.Schema, time, _logger);

    /// <exception cref="ArgumentException">A message cannot be sent.</exception>
    public async ValueTask SendAsync(IReadOnlyList<PeerMessage> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var (channels, texts) = _sender.Address(messages);
        if (texts.Length == 0) return;

        await CallAsync(_sends, () => $"Sending {texts.Length} messages to other nodes", (connection, progress, token) => _sender.SendAsync(connection, channels, texts, progress, token), cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<IReadOnlyList<string>> ReadNodesAsync(CancellationToken cancellationToken) =>
        CallAsync(_loads, static () => "Asking which nodes are alive", (connection, _, token) => _directory.ReadAsync(connection, token), cancellationToken);

    /// <summary>Where the sessions are.</summary>
    public ValueTask<DatabaseIdentity> IdentifyAsync(CancellationToken cancellationToken) =>
        CallAsync(_loads, static () => "Asking which database this is", (connection, _, token) => DatabaseIdentity.ReadAsync(connection, _sql, token), cancellationToken);

    private PeerDoor CreateDoor() => new(this, _listenSource, _options, _sql);

    // Without a pool: the connection is kept for good, and what it holds must end with it.
    private static NpgsqlDataSource CreateListenSource(PostgresSessionOptions options) =>
        CreateDataSource(options.ListenConnectionString ?? options.ConnectionString, static builder => builder.Pooling = false);
}
