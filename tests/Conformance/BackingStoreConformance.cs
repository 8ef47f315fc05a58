using System.Security.Cryptography;
using Xunit;

namespace HybridSession.Conformance;

/// <summary>
/// The contract of <see cref="ISessionBackingStore"/>, one test a sentence. A store's test project derives one class from this, of about ten lines.
/// Payloads are arbitrary bytes: a store does not look into them. A row is expired by storing it with a negative duration, so that no clock is needed.
/// </summary>
public abstract partial class BackingStoreConformance : IAsyncLifetime
{
    private static readonly TimeSpan Minutes20 = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(30);

    private IBackingStoreFixture? _fixture;

    /// <summary>The store under test.</summary>
    protected ISessionBackingStore Store => _fixture?.Store ?? throw new InvalidOperationException("The fixture was not created.");

    /// <summary>Makes an initialized store for one test.</summary>
    protected abstract Task<IBackingStoreFixture> CreateFixtureAsync();

    /// <inheritdoc />
    public async ValueTask InitializeAsync() => _fixture = await CreateFixtureAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_fixture is not null) await _fixture.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private static SessionKey NewKey() => new(RandomNumberGenerator.GetBytes(SessionKey.ByteLength));

    // One half like no other, one half that a stage may make smaller.
    private static byte[] NewPayload(int size = 200)
    {
        var payload = new byte[size];
        RandomNumberGenerator.Fill(payload.AsSpan(0, (size + 1) / 2));
        return payload;
    }

    private static SessionWrite Birth(SessionKey key, byte[]? payload = null, long version = 1, TimeSpan? expiresIn = null) =>
        new(key, payload ?? NewPayload(), version, 0, expiresIn ?? Minutes20);

    private static SessionWrite Change(SessionKey key, long from, long to, byte[]? payload = null, TimeSpan? expiresIn = null) =>
        new(key, payload ?? NewPayload(), to, from, expiresIn ?? Minutes20);

    private async Task<FlushOutcome> FlushAsync(SessionWrite write) => Assert.Single(await Store.FlushAsync([write], default));

    private async Task<StoredSession?> LoadAsync(SessionKey key) => Assert.Single(await Store.LoadAsync([key], default));

    private async Task<SessionKey> StoreAsync(byte[]? payload = null, long version = 1, TimeSpan? expiresIn = null)
    {
        var key = NewKey();
        Assert.Equal(FlushOutcome.Written, await FlushAsync(Birth(key, payload, version, expiresIn)));
        return key;
    }

    private static void AssertAbout(TimeSpan expected, TimeSpan actual) => Assert.InRange(actual, expected - Tolerance, expected + Tolerance);

    [Fact]
    public async Task A_ping_is_answered_by_a_store_that_takes_reads_and_writes()
    {
        await Store.PingAsync(default);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PingAsync(cancelled.Token));
    }

    [Fact]
    public async Task Initialize_is_safe_to_repeat_and_to_run_on_several_nodes_at_once()
    {
        var key = await StoreAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Store.InitializeAsync(default).AsTask()));

        Assert.NotNull(await LoadAsync(key));
    }

    [Fact]
    public async Task Empty_batches_are_legal_and_do_nothing()
    {
        Assert.Empty(await Store.LoadAsync([], default));
        Assert.Empty(await Store.FlushAsync([], default));
        Assert.Empty(await Store.TouchAsync([], default));
        Assert.Empty(await Store.PutDeadLettersAsync([], default));
        Assert.Equal(0, await Store.ReleaseDeadLettersAsync([], default));
    }

    [Fact]
    public async Task Cancellation_by_the_callers_token_is_an_OperationCanceledException()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var key = NewKey();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.LoadAsync([key], source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.FlushAsync([Birth(key)], source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.TouchAsync([new SessionTouch(key, 1, Minutes20)], source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.RemoveAsync(key, source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.RekeyAsync(key, 1, Birth(NewKey()), source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.BindAsync(new SessionBinding(Change(key, 1, 2)), source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.FindByUserAsync("u", 1, null, source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.CountByUserAsync("u", source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.CountAsync(source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.RemoveByUserAsync("u", null, source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.RemoveByPublicIdAsync(key.ToPublicId(), source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PruneAsync(Minutes20, source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PutDeadLettersAsync([new DeadLetterWrite(Letter(key), null)], source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ReadDeadLettersAsync(1, 0, null, source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ReleaseDeadLettersAsync([Letter(key).ToVersion()], source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.CountDeadLettersAsync(source.Token));
        Assert.Null(await LoadAsync(key));
        Assert.Null(await ReadLetterAsync(key));
    }

    [Fact]
    public async Task Members_may_be_called_concurrently()
    {
        var births = Enumerable.Range(0, 64).Select(_ => Birth(NewKey())).ToArray();

        await Task.WhenAll(births.Select(async birth =>
        {
            Assert.Equal(FlushOutcome.Written, await FlushAsync(birth));
            Assert.Empty(await Store.TouchAsync([new SessionTouch(birth.Key, 1, Minutes20)], default));
            Assert.Equal(FlushOutcome.Written, await FlushAsync(Change(birth.Key, 1, 2, birth.Payload)));
            Assert.Equal(birth.Payload, (await LoadAsync(birth.Key))!.Payload);
            Assert.True(await Store.RemoveAsync(birth.Key, default));
        }));

        Assert.All(await Store.LoadAsync([.. births.Select(b => b.Key)], default), Assert.Null);
    }
}
