using System.Text;
using CsCheck;
using HybridSession.Payload;
using Xunit;

namespace HybridSession.Core.Tests.Payload;

/// <summary>Random changes of one node against a dictionary.</summary>
public class PackedSessionModelTests
{
    private static readonly Gen<Step[]> GenSteps = Gen.Int[2, 40].SelectMany(keys => Step.Generate(keys).Array[0, 150])
        .Select(steps => steps.Where(s => s.Kind != StepKind.Merge).ToArray());

    [Fact]
    public void A_session_behaves_as_a_dictionary_and_every_state_reads_back() => GenSteps.Sample(
        steps =>
        {
            var model = new SortedDictionary<string, string>(StringComparer.Ordinal);
            var attributes = new Dictionary<string, string>();
            var session = PackedSession.Empty;
            foreach (var step in steps)
            {
                var next = step.Change(session);

                var changes = Apply(model, attributes, step);
                Assert.Equal(changes, !ReferenceEquals(next.Bytes, session.Bytes));
                Assert.Equal(changes ? session.Version + 1 : session.Version, next.Version);
                Assert.Equal(model.Keys, next.Keys());
                Assert.Equal(model.Count, next.KeyCount);
                foreach (var (key, value) in model) Assert.Equal(value, next.Get(key));
                Assert.Equal(model.GetValueOrDefault(step.Key), next.Get(step.Key));
                foreach (var (key, value) in attributes) Assert.Equal(value, next.TryGetAttribute(Encoding.UTF8.GetBytes(key), out var stored) ? Encoding.UTF8.GetString(stored) : "");
                Assert.InRange(PayloadBytes.Tombstones(next), 0, PackedFormat.MaxTombstones);
                Assert.True(PackedSession.TryRead(next.Bytes, out _, out var problem), problem);
                session = next;
            }
        },
        iter: 1_000);

    [Fact]
    public void A_removed_entry_never_comes_back_by_a_merge_with_a_stale_copy() => GenSteps.Sample(
        steps =>
        {
            List<PackedSession> past = [PackedSession.Empty];
            foreach (var step in steps) past.Add(step.Change(past[^1]));

            var newest = past[^1];

            foreach (var stale in past)
            {
                Assert.Same(newest.Bytes, PackedSession.Merge(newest, stale).Bytes);
                Assert.Equal(newest.Bytes, PackedSession.Merge(stale, newest).Bytes);
            }
        },
        iter: 500);

    private static bool Apply(SortedDictionary<string, string> model, Dictionary<string, string> attributes, Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Set:
                if (model.TryGetValue(step.Key, out var value) && value == step.Value) return false;
                model[step.Key] = step.Value;
                return true;
            case StepKind.Remove:
                return model.Remove(step.Key);
            case StepKind.Clear:
                var hadKeys = model.Count > 0;
                model.Clear();
                return hadKeys;
            case StepKind.SetAttribute:
                if (attributes.GetValueOrDefault(step.Key, "") == step.Value) return false;
                attributes[step.Key] = step.Value;
                return true;
            default:
                return true;
        }
    }
}
