using CsCheck;
using HybridSession.Payload;
using Xunit;

namespace HybridSession.Core.Tests.Payload;

/// <summary>
/// Three nodes change and merge one session. The model knows nothing of floors and tombstones: a node knows a set of changes, a merge unites
/// two sets, and the content follows from the set. Fewer keys than tombstones are allowed, so that nothing is compacted.
/// </summary>
public class ReplicaModelTests
{
    private const int Keys = 6;

    [Fact]
    public void A_removed_entry_never_comes_back_by_a_merge() => Step.Generate(Keys).Array[0, 80].Sample(
        steps =>
        {
            var replicas = new PackedSession[SessionStates.Nodes.Length];
            HashSet<Change>[] known = [[], [], []];
            foreach (var step in steps)
            {
                var before = replicas[step.Actor];
                if (step.Kind == StepKind.Merge)
                {
                    replicas[step.Actor] = PackedSession.Merge(before, replicas[step.Other]);
                    known[step.Actor].UnionWith(known[step.Other]);
                }
                else
                {
                    replicas[step.Actor] = step.Change(before);
                    if (!ReferenceEquals(before.Bytes, replicas[step.Actor].Bytes)) known[step.Actor].Add(new Change(before.Version + 1, step));
                }

                CheckContent(replicas[step.Actor], known[step.Actor]);
            }
        },
        iter: 5_000);

    private static void CheckContent(PackedSession session, HashSet<Change> known)
    {
        var cleared = known.Where(c => c.Step.Kind == StepKind.Clear).Select(c => c.Version).DefaultIfEmpty().Max();
        foreach (var changes in known.Where(c => c.Step.Kind is StepKind.Set or StepKind.Remove).GroupBy(c => c.Step.Key))
        {
            var newest = changes.Max(c => c.Version);
            var last = changes.Where(c => c.Version == newest).ToArray();
            var isRemoved = newest <= cleared || last.Any(c => c.Step.Kind == StepKind.Remove);
            var expected = isRemoved ? null : last.Select(c => c.Step.Value).Max(StringComparer.Ordinal);

            Assert.Equal(expected, session.Get(changes.Key));
        }
    }

    private sealed record Change(long Version, Step Step);
}
