using HybridSession.Postgres.Connecting;
using HybridSession.Postgres.Failures;
using Npgsql;

namespace HybridSession.Postgres.Peers;

/// <summary>
/// The link between the nodes of one schema by LISTEN and NOTIFY. Hears over one connection of its own, which also holds the lock that shows that the node is alive;
/// sends and asks over the lanes of the store.
/// <code>
///   connecting ──► joined ──► (silent: the nodes are asked for) ──► joined
///       ▲            │ broken, or no answer: Lost
///       └── pause ◄──┘
/// </code>
/// </summary>
/// <param name="store">Sends, and reads over its lanes.</param>
/// <param name="source">Where the connection comes from; not disposed here.</param>
/// <param name="options">The settings of the store.</param>
/// <param name="sql">The statements.</param>
/// <param name="names">Channels and locks.</param>
/// <param name="time">For the pauses between attempts.</param>
internal sealed class PostgresPeerLink(PostgresBackingStore store, NpgsqlDataSource source, PostgresSessionOptions options, SqlScripts sql, PeerNames names, TimeProvider time) : ISessionPeerLink
{
    // When nothing came for so long, the nodes are asked for: that shows a line which has died in silence.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    // On a busy line nothing else would show a node that is gone.
    private static readonly TimeSpan LongestUnasked = TimeSpan.FromSeconds(10);

    // What only a person can mend is not mended within seconds.
    private static readonly TimeSpan RefusedDelay = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan ConnectionLasted = TimeSpan.FromSeconds(1);

    private readonly PeerDirectory _directory = new(sql, names);
    private readonly PeerDoor _door = new(store, source, options, sql);
    private volatile string? _node;

    /// <summary>The node that this link has joined as; null while it has not.</summary>
    public string? Node => _node;

    public int MaxMessageLength => PeerSender.MaxMessageLength;

    public ValueTask SendAsync(IReadOnlyList<PeerMessage> messages, CancellationToken cancellationToken) => store.SendAsync(messages, cancellationToken);

    public ValueTask<IReadOnlyList<string>> ReadNodesAsync(CancellationToken cancellationToken) => store.ReadNodesAsync(cancellationToken);

    public async Task RunAsync(string node, ISessionPeerReceiver receiver, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        _ = names.ChannelOf(node);
        var delay = new RejoinDelay(Random.Shared.NextDouble);
        string? told = null;
        while (!stop.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            var loss = await LiveAsync(node, receiver, stop).ConfigureAwait(false);
            if (loss is null) return;

            // Once a loss, and once more when an attempt shows that somebody has to do something.
            if (loss.HadJoined || told is null || (loss.IsRefusal && told != loss.Reason)) receiver.Lost(told = loss.Reason);
            if (loss.HadJoined && time.GetElapsedTime(started) > ConnectionLasted) delay.Reset();
            await Task.Delay(loss.IsRefusal ? RefusedDelay : delay.Next(), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // From one connection to its end. Null when it was stopped.
    private async Task<PeerLoss?> LiveAsync(string node, ISessionPeerReceiver receiver, CancellationToken stop)
    {
        PeerMembership? member = null;
        try
        {
            var connection = await _door.OpenAsync(stop).ConfigureAwait(false);
            member = new PeerMembership(connection, sql, names, _directory, node);
            if (await _door.RefusalOfAsync(connection, stop).ConfigureAwait(false) is { } refusal) return PeerLoss.Refused(refusal);

            await member.JoinAsync(stop).ConfigureAwait(false);
            var nodes = await member.ReadNodesAsync(stop).ConfigureAwait(false);
            _node = node;
            receiver.Joined(nodes);
            HandOn(member, receiver);
            await HearAsync(member, receiver, stop).ConfigureAwait(false);
            return null;
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception exception)
        {
            return PeerLoss.Of(exception, hadJoined: _node is not null);
        }
        finally
        {
            _node = null;
            var leaving = member?.LeaveAsync() ?? Task.CompletedTask;

            // A loss is told at once; of a stopped link the others shall know.
            if (stop.IsCancellationRequested) await leaving.ConfigureAwait(false);
        }
    }

    // Ends by an exception only.
    private static async Task HearAsync(PeerMembership member, ISessionPeerReceiver receiver, CancellationToken stop)
    {
        var asked = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var heard = await member.WaitAsync(Silence, stop).ConfigureAwait(false);
            HandOn(member, receiver);
            if (heard && TimeProvider.System.GetElapsedTime(asked) < LongestUnasked) continue;

            var nodes = await member.ReadNodesAsync(stop).ConfigureAwait(false);
            asked = TimeProvider.System.GetTimestamp();

            // What came with the answer would otherwise lie here until something else comes.
            HandOn(member, receiver);
            receiver.NodesAre(nodes);
        }
    }

    private static void HandOn(PeerMembership member, ISessionPeerReceiver receiver)
    {
        while (member.TryHear(out var message)) receiver.Received(message);
    }
}
