using System.Text;
using HybridSession.Consistency;
using HybridSession.Payload;
using HybridSession.Simulation.World;

namespace HybridSession.Simulation.Clients;

/// <summary>
/// One session as its clients know it: what they changed, what they were shown, and what the next response may show. Knows nothing of merges; it compares values.
/// </summary>
internal sealed class Subject
{
    private readonly List<Change> _changes = [];
    private readonly List<SessionStamp> _reported = [];
    private int _nextId;

    public Subject(string name, int tabs, int keysPerTab, bool keepsStamps)
    {
        (Name, KeepsStamps) = (name, keepsStamps);
        for (var tab = 0; tab < tabs; tab++)
            Tabs.Add(new Tab(this, $"{name}{tab + 1}", [.. Enumerable.Range(0, keysPerTab).Select(key => $"{(char)('a' + tab)}{key}")]));
    }

    public string Name { get; }

    public bool KeepsStamps { get; }

    public List<Tab> Tabs { get; } = [];

    public Cookie? Cookie { get; set; }

    /// <summary>The stamp of the birth: every copy holds what it names.</summary>
    public SessionStamp FirstStamp { get; set; }

    public IReadOnlyList<Change> Changes => _changes;

    /// <summary>How often its token was replaced.</summary>
    public int Generation { get; set; }

    /// <summary>Nodes that replaced the token; what others had not stored by then is not carried.</summary>
    public HashSet<Node> Movers { get; } = [];

    public int MovesUnderWay { get; set; }

    /// <summary>A client has asked for the end.</summary>
    public bool IsEndWanted => EndWanted is not null;

    /// <summary>For which token the end was asked for, and of which node; it repeats that until it is confirmed.</summary>
    public (int Generation, Node Node)? EndWanted { get; set; }

    /// <summary>For which token the end was confirmed.</summary>
    public int? EndConfirmed { get; set; }

    /// <summary>The end of the session as its clients have it now was confirmed. A token that was replaced at the same time lives on.</summary>
    public bool IsEndConfirmed => EndConfirmed == Generation;

    /// <summary>The node that was to end it died before that was confirmed.</summary>
    public bool IsEndForgotten => EndWanted is { Node.IsCrashed: true } && !IsEndConfirmed;

    /// <summary>The token may be dead without anybody's fault: the answer to its replacement was lost for good.</summary>
    public bool IsUncertain { get; set; }

    /// <summary>Its client has been told that the session is over.</summary>
    public bool IsGone { get; set; }

    public List<SessionToken> OldTokens { get; } = [];

    public IEnumerable<string> Keys => Tabs.SelectMany(tab => tab.Keys);

    /// <summary>Its row may be absent.</summary>
    public bool MayBeAbsent(SimulatedWorld world, int generation) => IsEndWanted || IsUncertain || world.HasFailedOver || generation < Generation || MovesUnderWay > 0;

    public Change Note(string? key, string? value, Node node, PackedSession content, Cookie? cookie)
    {
        var change = new Change(_nextId++, key, value, node, node.Engine.Node, content.Version, cookie?.Generation ?? 0);
        change.Knew.UnionWith(_changes.Where(earlier => earlier.IsIn(content)).Select(earlier => earlier.Id));
        foreach (var covered in cookie?.Covered.Values ?? [])
        {
            change.Knew.Add(covered.Id);
            change.Knew.UnionWith(covered.Knew);
        }

        _changes.Add(change);
        return change;
    }

    public string NextValue() => $"{Name}#{_nextId}";

    /// <summary>Checks what a request with this cookie is shown.</summary>
    public void CheckShown(SimulatedWorld world, Cookie cookie, PackedSession content, SessionOrigin origin, string who)
    {
        if (origin == SessionOrigin.Lost)
        {
            world.LostReports++;
            _reported.Add(cookie.Stamp);
            if (world.NothingIsLate) throw new ViolationException(Sentence.ReportedWithoutLoss, $"{who} heard that {cookie.Stamp} is lost");
            return;
        }

        foreach (var (key, oldest) in cookie.Covered)
        {
            if (IsAcceptable(content, key, oldest) || (world.HasFailedOver && cookie.Stamp.IsNone) || WasReported(cookie.Stamp)) continue;
            throw new ViolationException(Sentence.StampCovers, $"{who} with stamp {cookie.Stamp} ({origin}) sees {key}={Shown(content, key) ?? "nothing"} and had been shown {oldest}");
        }
    }

    /// <summary>What a response with this content covers.</summary>
    public Dictionary<string, Change> Cover(PackedSession content, IReadOnlyDictionary<string, Change>? before)
    {
        var covered = new Dictionary<string, Change>();
        foreach (var key in Keys)
        {
            var oldest = before?.GetValueOrDefault(key);
            if (ChangeShown(content, key, oldest) is { } shown) covered[key] = shown;
        }

        return covered;
    }

    /// <summary>True when the content shows this change, or one that comes after it.</summary>
    public bool IsAcceptable(PackedSession content, string key, Change oldest)
    {
        foreach (var candidate in Explanations(content, key))
            if (oldest.MayGiveWayTo(candidate)) return true;
        return false;
    }

    /// <summary>At the end: true when the change is in the row, or one that wins over it by its version.</summary>
    public bool IsKept(PackedSession row, Change change) => change.IsClear
        ? Keys.All(key => IsKept(row, key, change))
        : IsKept(row, change.Key!, change);

    public void NodeCrashed(Node node, SimulatedWorld world)
    {
        var row = Cookie is null ? null : world.Rows.Read(SessionKey.FromToken(Cookie.Token));
        var stored = row is not null && PackedSession.TryRead(row.Payload, out var content, out _) ? content : PackedSession.Empty;
        foreach (var change in _changes.Where(change => change.Node == node && !change.IsDurable && !change.IsIn(stored))) change.MayBeLost = true;
    }

    /// <summary>A removal that a client wants and the store has not seen yet; it is repeated.</summary>
    public bool IsRemovalUnderWay(SimulatedWorld world) =>
        (IsEndConfirmed || (EndWanted is { Node.IsCrashed: false } wanted && wanted.Generation == Generation)) && Cookie is not null && world.Rows.Read(SessionKey.FromToken(Cookie.Token)) is not null && !world.HasFailedOver;

    public static string? Shown(PackedSession content, string key) => content.TryGet(Encoding.UTF8.GetBytes(key), out var value) ? Encoding.UTF8.GetString(value) : null;

    private bool WasReported(SessionStamp stamp) => _reported.Exists(reported => reported.Node == stamp.Node && reported.Version >= stamp.Version);

    private bool IsKept(PackedSession row, string key, Change change)
    {
        foreach (var candidate in Explanations(row, key))
            if (candidate.Version >= change.Version) return true;
        return false;
    }

    // The changes after which a key looks like this.
    private IEnumerable<Change> Explanations(PackedSession content, string key)
    {
        var shown = Shown(content, key);
        return _changes.Where(change => shown is null ? change.Empties(key) : change.Key == key && change.Value == shown);
    }

    private Change? ChangeShown(PackedSession content, string key, Change? before)
    {
        var candidates = Explanations(content, key).ToList();
        if (Shown(content, key) is not null) return candidates.Single();
        // Removals look the same, and so does what never was: the newest that is known to be contained.
        return candidates.LastOrDefault(change => change.IsIn(content)) ?? (before is not null && candidates.Contains(before) ? before : null);
    }
}
