using System.Globalization;
using System.Text;
using CsCheck;
using HybridSession.Payload;

namespace HybridSession.Core.Tests.Payload;

/// <summary>Generators of session states, out of few keys, values, versions and nodes, so that they collide often.</summary>
internal static class SessionStates
{
    /// <summary>The names of three nodes, in their order.</summary>
    public static readonly NodeId[] Nodes = [NodeId.FromText("aaaaaaaa"), NodeId.FromText("bbbbbbbb"), NodeId.FromText("cccccccc")];

    private const int MaxVersion = 6;

    private static readonly Gen<EntryText> GenEntry = Gen.Select(
        Gen.OneOf("", "a", "ab", "b", "\u00e9"),
        Gen.Long[1, MaxVersion],
        Gen.OneOf(null, null, "", "x", "xy"),
        Gen.Int[0, 4].Select(n => n > 0),
        (key, version, value, isUser) => new EntryText(key, version, value, isUser));

    /// <summary>Any state that the format allows, reachable or not.</summary>
    public static readonly Gen<PackedSession> Arbitrary = Gen.Select(
        Gen.Select(Gen.ULong[0, 6], Gen.Long[1, MaxVersion]).Array[0, 7],
        Gen.Long[0, MaxVersion],
        GenEntry.Array[0, 8],
        (seen, floor, entries) =>
        {
            var nodes = seen.GroupBy(s => s.Item1).Select(g => (Node: g.Key, Version: g.Max(s => s.Item2)))
                .OrderByDescending(s => s.Version).ThenByDescending(s => s.Node).Take(SeenVersions.Capacity).ToArray();
            var version = nodes.Length > 0 ? nodes[0].Version : 0;
            floor = Math.Min(floor, version);
            var valid = entries.Where(e => e.Version <= version && (!e.IsUser || e.Version > floor)).DistinctBy(e => (e.IsUser, e.Key));
            return new PackedSession(PayloadBytes.Build(nodes, floor, valid));
        });

    /// <summary>Three replicas after a common life: random changes on each node, now and then a merge of one into another.</summary>
    public static readonly Gen<PackedSession[]> Replicas = Gen.Int[3, 40].SelectMany(keys => Step.Generate(keys).Array[0, 120]).Select(steps =>
    {
        var replicas = new PackedSession[Nodes.Length];
        foreach (var step in steps)
            replicas[step.Actor] = step.Kind == StepKind.Merge ? PackedSession.Merge(replicas[step.Actor], replicas[step.Other]) : step.Change(replicas[step.Actor]);
        return replicas;
    });

    public static string Show(PackedSession[] states) => string.Join(Environment.NewLine, states.Select(PayloadBytes.Show));
}

internal enum StepKind
{
    Set,
    Remove,
    Clear,
    Tip,
    SetAttribute,
    Merge,
}

/// <summary>One step of a history.</summary>
internal sealed record Step(StepKind Kind, int Actor, int Other, string Key, string Value)
{
    public static Gen<Step> Generate(int keys) => Gen.Select(
        Gen.Frequency(
            (10, Gen.Const(StepKind.Set)),
            (8, Gen.Const(StepKind.Remove)),
            (1, Gen.Const(StepKind.Clear)),
            (1, Gen.Const(StepKind.Tip)),
            (2, Gen.Const(StepKind.SetAttribute)),
            (3, Gen.Const(StepKind.Merge))),
        Gen.Int[0, 2],
        Gen.Int[0, 2],
        Gen.Int[0, keys - 1],
        Gen.Int[0, 3],
        (kind, actor, other, key, value) =>
            new Step(kind, actor, other, "key" + key.ToString(CultureInfo.InvariantCulture), new string('v', value)));

    /// <summary>Applies a change at the next version.</summary>
    public PackedSession Change(PackedSession session)
    {
        var version = session.Version + 1;
        var node = SessionStates.Nodes[Actor];
        return Kind switch
        {
            StepKind.Set => session.Set(Key, Value, version, node),
            StepKind.Remove => session.Remove(Key, version, node),
            StepKind.Clear => session.Clear(version, node),
            StepKind.Tip => session.WithTip(version, node),
            StepKind.SetAttribute => session.SetAttribute(Encoding.UTF8.GetBytes(Key), Encoding.UTF8.GetBytes(Value), version, node),
            _ => throw new InvalidOperationException($"{Kind} is not a change."),
        };
    }
}
