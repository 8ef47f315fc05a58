using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Peers;

namespace HybridSession.Postgres.Doctor;

/// <summary>Looks at the way to the other nodes, over a connection as theirs. Neither joins them nor listens.</summary>
internal sealed class NodesProbe(PeerDoor door, PeerDirectory directory, Func<string?> ownNode)
{
    /// <summary>How many connections the link to the others takes beyond those that are open.</summary>
    public int WantedConnections => ownNode() is null ? 1 : 0;

    public async ValueTask<IReadOnlyList<ProbeFinding>> ExamineAsync(CancellationToken cancellationToken)
    {
        try
        {
            var connection = await door.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                if (await door.RefusalOfAsync(connection, cancellationToken).ConfigureAwait(false) is { } refusal) return [NodesFinding.Deaf(refusal), NodesFinding.Alone(refusal)];
                var nodes = await directory.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
                return [NodesFinding.Alive(nodes.Count(node => node != ownNode()))];
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return [NodesFinding.Unreachable(PeerLoss.Of(exception, hadJoined: false).Reason)];
        }
    }
}
