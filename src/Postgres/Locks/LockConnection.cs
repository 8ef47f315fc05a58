using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres.Locks;

/// <summary>
/// The connection that holds the locks of this node's sessions; they end with it. Used by one caller at a time. Its waits are bounded here and not by Npgsql, which takes seconds
/// to give up a server that says nothing.
/// </summary>
internal sealed class LockConnection(DedicatedConnection connection, SqlScripts sql, LockNumbers numbers) : IDisposable
{
    // A server that has not answered so small a question by then is as good as gone.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    private Task _question = Task.CompletedTask;

    /// <summary>Prepares a connection: a node whose machine has died must not keep its locks for hours.</summary>
    public Task ConfigureAsync() => AskAsync(async () =>
    {
        var batch = connection.CreateBareBatch();
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.ConfigureLink));
            await batch.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            return true;
        }
    });

    /// <summary>Releases some locks and then tries for others, in one round trip.</summary>
    /// <returns>Which of those tried for were had, in their order.</returns>
    public Task<bool[]> RunAsync(IReadOnlyList<SessionKey> released, IReadOnlyList<SessionKey> tried) => AskAsync(async () =>
    {
        var batch = connection.CreateBareBatch();
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(Command(sql.UnlockSessions, released));
            batch.BatchCommands.Add(Command(sql.LockSessions, tried));
            await connection.PrepareAsync(batch, CancellationToken.None).ConfigureAwait(false);
            var reader = await batch.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.NextResultAsync(CancellationToken.None).ConfigureAwait(false);
                var had = new bool[tried.Count];
                for (var i = 0; i < had.Length; i++)
                {
                    await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
                    had[i] = reader.GetBoolean(0);
                }

                return had;
            }
        }
    });

    /// <summary>Closes the connection, which releases what it holds. Does not throw, and takes a second at most; what takes longer ends by itself.</summary>
    public async Task CloseAsync()
    {
        var closing = CloseInOrderAsync();
        await Task.WhenAny(closing, Task.Delay(CloseTimeout)).ConfigureAwait(false);
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => connection.Dispose();

    private async Task CloseInOrderAsync()
    {
        await _question.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            // A connection of a pool lives on, with its locks.
            if (connection.IsOpen)
            {
                var batch = connection.CreateBareBatch();
                await using (batch.ConfigureAwait(false))
                {
                    batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.UnlockAllSessions));
                    await batch.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The connection is broken, and the server ends its locks with it.
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private NpgsqlBatchCommand Command(string text, IReadOnlyList<SessionKey> keys)
    {
        var (high, low) = (new int[keys.Count], new int[keys.Count]);
        for (var i = 0; i < keys.Count; i++) (high[i], low[i]) = numbers.Of(keys[i]);
        return new NpgsqlBatchCommand(text) { Parameters = { Parameter.Ints(high), Parameter.Ints(low) } };
    }

    private Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        var question = ask();
        _question = question;
        return question.WaitAsync(AnswerTimeout);
    }
}
