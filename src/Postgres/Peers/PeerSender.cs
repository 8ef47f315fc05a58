using System.Text;
using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres.Peers;

/// <summary>Sends messages, many in one round trip. Works through a pooler as well.</summary>
internal sealed class PeerSender(SqlScripts sql, PeerNames names)
{
    /// <summary>PostgreSQL carries less than 8,000 bytes.</summary>
    public const int MaxMessageLength = 7_900;

    /// <summary>The channels and the texts, in the same order.</summary>
    /// <exception cref="ArgumentException">A text is too long or not ASCII, or a receiver is no node.</exception>
    public (string[] Channels, string[] Texts) Address(IReadOnlyList<PeerMessage> messages)
    {
        var channels = new string[messages.Count];
        var texts = new string[messages.Count];
        for (var i = 0; i < texts.Length; i++)
        {
            var (to, text) = messages[i];
            if (text is null || text.Length > MaxMessageLength || !Ascii.IsValid(text) || text.Contains('\0', StringComparison.Ordinal))
                throw new ArgumentException($"A message is at most {MaxMessageLength} ASCII characters, none of them zero.", nameof(messages));
            channels[i] = to is null ? names.Everybody : names.ChannelOf(to);
            texts[i] = text;
        }

        return (channels, texts);
    }

    public async ValueTask<int> SendAsync(DedicatedConnection connection, string[] channels, string[] texts, CallProgress progress, CancellationToken cancellationToken)
    {
        var batch = connection.CreateBatch(out _);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.SendMessages) { Parameters = { Parameter.Texts(channels), Parameter.Texts(texts) } });
            await connection.PrepareAsync(batch, cancellationToken).ConfigureAwait(false);
            progress.Sending();
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return texts.Length;
        }
    }
}
