using System.Globalization;
using HybridSession.Core.Tests.Doubles;
using HybridSession.Hot;
using HybridSession.Payload;
using HybridSession.WriteBehind;

namespace HybridSession.Core.Tests.Engine;

public sealed class IsolationTests
{
    private static readonly BackingStoreException RefusedData = new("refused", BackingStoreFailure.Data, outcomeUnknown: false, null);
    private static readonly BackingStoreException Away = new("away", BackingStoreFailure.Transient, outcomeUnknown: false, null);

    private readonly HashSet<LiveSession> _culprits = [];
    private readonly HashSet<LiveSession> _stored = [];
    private readonly List<LiveSession> _givenUp = [];
    private readonly List<(int Size, int StoredBefore)> _writes = [];
    private int _failsAt = int.MaxValue;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(5_000)]
    public async Task One_culprit_among_n_costs_at_most_twice_the_logarithm_wherever_it_stands(int count)
    {
        var items = Items(count);
        int[] places = count <= 100 ? [.. Enumerable.Range(0, count)] : [0, 1, 617, count / 2 - 1, count / 2, count - 2, count - 1];
        foreach (var place in places)
        {
            Begin(items[place]);

            Assert.Null(await RunAsync(items));

            Assert.Equal([items[place].Session], _givenUp);
            Assert.Equal(count - 1, _stored.Count);
            Assert.InRange(_writes.Count, 1, (2 * (int)Math.Ceiling(Math.Log2(count))) + 1);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(20)]
    public async Task Several_culprits_cost_no_more_than_as_many_searches(int culprits)
    {
        const int Count = 5_000;
        var items = Items(Count);
        var random = new Random(culprits);
        for (var round = 0; round < 20; round++)
        {
            Begin([.. random.GetItems([.. items], culprits)]);

            Assert.Null(await RunAsync(items));

            Assert.Equal(_culprits, _givenUp.ToHashSet());
            Assert.Equal(_culprits.Count, _givenUp.Count);
            Assert.Equal(Count - _culprits.Count, _stored.Count);
            Assert.InRange(_writes.Count, 1, _culprits.Count * ((2 * (int)Math.Ceiling(Math.Log2(Count))) + 1));
        }
    }

    [Fact]
    public async Task Nearly_all_of_the_batch_is_stored_before_the_culprit_stands_alone()
    {
        var items = Items(4_096);
        Begin(items[1], items[3_000]);

        Assert.Null(await RunAsync(items));

        // The last levels of two searches: everything else was stored before.
        var alone = _writes.First(write => write.Size == 1);
        Assert.InRange(alone.StoredBefore, 4_096 - 4, 4_096 - 2);
        Assert.Equal(_writes.OrderByDescending(write => write.Size), _writes, (expected, actual) => expected.Size == actual.Size);
    }

    [Fact]
    public async Task A_batch_of_nothing_but_culprits_is_settled_with_two_writes_for_each()
    {
        var items = Items(256);
        Begin([.. items]);

        Assert.Null(await RunAsync(items));

        Assert.Equal(256, _givenUp.Count);
        Assert.InRange(_writes.Count, 256, 2 * 256);
    }

    [Fact]
    public async Task Nobody_is_given_up_unless_it_was_refused_alone()
    {
        var items = Items(64);
        Begin();

        // The whole was refused, and then no part of it was: the cause is gone.
        Assert.Null(await RunAsync(items));

        Assert.Empty(_givenUp);
        Assert.Equal(64, _stored.Count);
    }

    [Fact]
    public async Task A_failure_of_the_store_ends_the_search_at_once_and_returns_what_is_not_settled_oldest_first()
    {
        var items = Items(128);
        for (var failsAt = 0; failsAt < 12; failsAt++)
        {
            Begin(items[5], items[99]);
            _failsAt = failsAt;

            var result = await RunAsync(items);

            Assert.NotNull(result);
            Assert.Same(Away, result.Value.Failure);
            Assert.Equal(failsAt + 1, _writes.Count);
            Assert.Equal(items.Select(item => item.Session).Except(_stored).Except(_givenUp), result.Value.Unsettled.Select(item => item.Session));
        }
    }

    private static List<FlushItem> Items(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            var token = SessionToken.Create();
            var payload = PackedSession.Empty.Set(EngineHarness.Bytes("a"), EngineHarness.Bytes(i.ToString(CultureInfo.InvariantCulture)), 2, NodeId.Create());
            var session = new LiveSession(token, token.ToKey(), token.Encode(), payload, baseVersion: 1, createdMs: 0, lastAccessMs: 0, storedExpiresAtMs: 0);
            return new FlushItem(session, payload, new SessionWrite(session.Key, payload.Bytes, 2, 1, TimeSpan.Zero), ExpiresAtMs: 0, DirtySinceMs: i);
        }),
    ];

    private void Begin(params FlushItem[] culprits)
    {
        _culprits.Clear();
        _stored.Clear();
        _givenUp.Clear();
        _writes.Clear();
        foreach (var culprit in culprits) _culprits.Add(culprit.Session);
    }

    private Task<(BackingStoreException Failure, List<FlushItem> Unsettled)?> RunAsync(List<FlushItem> items) => Isolation.RunAsync(items, RefusedData, WriteAsync, (item, failure) =>
    {
        Assert.Equal(BackingStoreFailure.Data, failure.Failure);
        _givenUp.Add(item.Session);
    });

    private Task<WriteResult> WriteAsync(List<FlushItem> part)
    {
        _writes.Add((part.Count, _stored.Count));
        if (_writes.Count > _failsAt) return Task.FromResult(new WriteResult(WriteKind.Failed, Away));
        if (part.Any(item => _culprits.Contains(item.Session))) return Task.FromResult(new WriteResult(WriteKind.Refused, RefusedData));
        foreach (var item in part) Assert.True(_stored.Add(item.Session), "A session was written twice.");
        return Task.FromResult(new WriteResult(WriteKind.Answered, null));
    }
}
