using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres.Peers;

/// <summary>
/// One node's place among the nodes, for as long as one connection lasts: the lock that shows it, and what is heard. Used by one caller at a time.
/// Its waits are bounded here and not by Npgsql, which takes seconds to give up a server that says nothing; what was given up ends behind the caller's back.
/// </summary>
internal sealed class PeerMembership
{
    // A server that has not answered so small a question by then is as good as gone.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(1);

    private readonly DedicatedConnection _connection;
    private readonly SqlScripts _sql;
    private readonly PeerNames _names;
    private readonly PeerDirectory _directory;
    private readonly string _node;
    private readonly ConcurrentQueue<string> _heard = new();
    private Task _question = Task.CompletedTask;
    private bool _joined;

    public PeerMembership(DedicatedConnection connection, SqlScripts sql, PeerNames names, PeerDirectory directory, string node)
    {
        (_connection, _sql, _names, _directory, _node) = (connection, sql, names, directory, node);

        // Kept until asked for: a question that was given up may still be reading when its link has ended.
        connection.Connection.Notification += (_, notification) => _heard.Enqueue(notification.Payload);
    }

    /// <summary>Takes the lock and begins to listen.</summary>
    public Task JoinAsync(CancellationToken cancellationToken) => AskAsync(async () =>
    {
        _joined = true;
        var batch = _connection.CreateBareBatch();
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(_sql.TakePeerLock) { Parameters = { Parameter.Long(_names.LockOf(_node)) } });
            batch.BatchCommands.Add(new NpgsqlBatchCommand(_sql.ConfigureLink));
            batch.BatchCommands.Add(new NpgsqlBatchCommand(_sql.Listen(_names.Everybody)));
            batch.BatchCommands.Add(new NpgsqlBatchCommand(_sql.Listen(_names.ChannelOf(_node))));
            if (await batch.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false) is not true)
                throw new BackingStoreException("Somebody else holds the advisory lock of this node for himself.", BackingStoreFailure.Transient, outcomeUnknown: false, innerException: null);
            return true;
        }
    }, cancellationToken);

    /// <summary>Asks the server which nodes are alive.</summary>
    public Task<IReadOnlyList<string>> ReadNodesAsync(CancellationToken cancellationToken) =>
        AskAsync(() => _directory.ReadAsync(_connection, CancellationToken.None).AsTask(), cancellationToken);

    /// <summary>Waits for a message.</summary>
    /// <returns>False when none came.</returns>
    public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _connection.Connection.WaitAsync(atMost, cancellationToken);

    /// <summary>Takes a message that has come.</summary>
    public bool TryHear([NotNullWhen(true)] out string? message) => _heard.TryDequeue(out message);

    /// <summary>Leaves in order where the server still answers, and closes the connection. Does not throw, and takes a second at most; what takes longer ends by itself.</summary>
    public async Task LeaveAsync()
    {
        var leaving = LeaveInOrderAsync();
        await Task.WhenAny(leaving, Task.Delay(LeaveTimeout)).ConfigureAwait(false);
    }

    private async Task LeaveInOrderAsync()
    {
        await _question.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            // A connection of a pool lives on, with its lock and its ears.
            if (_joined && _connection.IsOpen) await ReleaseAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The connection is broken, and the server ends both with it.
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReleaseAsync()
    {
        var batch = _connection.CreateBareBatch();
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(_sql.ReleasePeerLock) { Parameters = { Parameter.Long(_names.LockOf(_node)) } });
            batch.BatchCommands.Add(new NpgsqlBatchCommand(_sql.Unlisten));
            await batch.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        var question = ask();
        _question = question;
        return question.WaitAsync(AnswerTimeout, cancellationToken);
    }
}
