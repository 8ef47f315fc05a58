using System.Globalization;
using HybridSession.Payload;
using HybridSession.Simulation.World;

namespace HybridSession.Simulation.Clients;

/// <summary>What a client does on purpose wrong, to see that somebody notices.</summary>
[Flags]
internal enum ClientDefects
{
    None = 0,

    /// <summary>Stamps are taken only from responses to requests that changed something.</summary>
    TakesNoStampsOnReads = 1,

    /// <summary>The token of a new session is used before its row is committed.</summary>
    UsesTokensEarly = 2,

    /// <summary>Requests without a stamp are committed at the level of the others.</summary>
    CommitsWithoutStampAsWithOne = 4,
}

/// <summary>A change that a request made: values are unique, so what is shown names the change that it is of.</summary>
internal sealed record Change(int Id, string? Key, string? Value, Node Node, NodeId NodeId, long Version, int Generation)
{
    /// <summary>The changes that its client, or the session that it was made on, knew of: it comes after them. All others were made at the same time.</summary>
    public HashSet<int> Knew { get; } = [];

    /// <summary>Its response has arrived at the client.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>It was waited for until it was stored.</summary>
    public bool IsDurable { get; set; }

    /// <summary>Its node crashed when it was not stored, and that was within what may be lost.</summary>
    public bool MayBeLost { get; set; }

    public bool IsClear => Key is null;

    /// <summary>True when a response that covers this change may show the other one instead: it comes later, or was made at the same time and wins by its version.</summary>
    public bool MayGiveWayTo(Change shown) => shown.Id >= Id || (!Knew.Contains(shown.Id) && shown.Version >= Version);

    /// <summary>After it the key has no value.</summary>
    public bool Empties(string key) => IsClear || (Key == key && Value is null);

    public bool IsIn(PackedSession content) => content.Contains(NodeId, Version);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"change {Id} ({(IsClear ? "clear" : $"{Key}={Value ?? "removed"}")}, {Node}, version {Version}{(IsAcknowledged ? ", acknowledged" : "")}{(IsDurable ? ", durable" : "")})");
}

/// <summary>What a browser keeps.</summary>
/// <param name="Token">The token.</param>
/// <param name="Stamp">The stamp; none for a client that keeps none.</param>
/// <param name="Generation">How often the token was replaced before.</param>
/// <param name="Covered">Per key the oldest change that a response may show from now on.</param>
internal sealed record Cookie(SessionToken Token, Consistency.SessionStamp Stamp, int Generation, IReadOnlyDictionary<string, Change> Covered)
{
    public string TokenText { get; } = Token.Encode();
}

/// <summary>One tab: its requests come one after the other, and it changes keys of its own.</summary>
internal sealed class Tab(Subject subject, string name, string[] keys)
{
    public Subject Subject { get; } = subject;

    public string[] Keys { get; } = keys;

    public Request? Current { get; set; }

    public override string ToString() => name;
}
