using System.Threading.Channels;

namespace HybridSession.Postgres.Tests.Peers;

internal enum PeerEventKind
{
    Joined,
    Nodes,
    Message,
    Lost,
}

/// <summary>What a link told: its nodes in order, its text.</summary>
internal sealed record PeerEvent(PeerEventKind Kind, string Text, IReadOnlyList<string> Nodes);

/// <summary>Keeps what a link tells, and finds out when it tells two things at the same time or one after its end.</summary>
internal sealed class PeerRecorder : ISessionPeerReceiver
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<PeerEvent> _events = Channel.CreateUnbounded<PeerEvent>();
    private readonly List<PeerEvent> _seen = [];
    private int _inside;
    private volatile bool _ended;

    /// <summary>A rule of the contract that was broken; null when none was.</summary>
    public string? Violation { get; private set; }

    /// <summary>All that was waited for or passed over meanwhile.</summary>
    public IReadOnlyList<PeerEvent> Seen => _seen;

    public void Joined(IReadOnlyList<string> nodes) => Add(new PeerEvent(PeerEventKind.Joined, "", nodes));

    public void NodesAre(IReadOnlyList<string> nodes) => Add(new PeerEvent(PeerEventKind.Nodes, "", nodes));

    public void Received(string message) => Add(new PeerEvent(PeerEventKind.Message, message, []));

    public void Lost(string reason) => Add(new PeerEvent(PeerEventKind.Lost, reason, []));

    /// <summary>The link's task has ended: nothing may come any more.</summary>
    public void End() => _ended = true;

    /// <summary>The next event of a kind; others are passed over.</summary>
    public Task<PeerEvent> NextAsync(PeerEventKind kind) => NextAsync(told => told.Kind == kind);

    public async Task<PeerEvent> NextAsync(Func<PeerEvent, bool> isWanted)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            var told = await _events.Reader.ReadAsync(limit.Token);
            _seen.Add(told);
            if (isWanted(told)) return told;
        }
    }

    /// <summary>The texts of the next messages.</summary>
    public async Task<string[]> HearAsync(int count)
    {
        var texts = new string[count];
        for (var i = 0; i < count; i++) texts[i] = (await NextAsync(PeerEventKind.Message)).Text;
        return texts;
    }

    /// <summary>Takes all that has been told until now.</summary>
    public IReadOnlyList<PeerEvent> TakeAll()
    {
        while (_events.Reader.TryRead(out var told)) _seen.Add(told);
        return _seen;
    }

    private void Add(PeerEvent told)
    {
        if (_ended) Violation ??= $"{told.Kind} after the end";
        if (Interlocked.Increment(ref _inside) != 1) Violation ??= $"{told.Kind} while another call was running";
        _events.Writer.TryWrite(told);
        Interlocked.Decrement(ref _inside);
    }
}
