using System.Text;
using HybridSession.Core.Tests.Stores;
using HybridSession.Stores;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Encryption;

public class EncryptedFormTests
{
    private readonly EncryptedForm _form = new(new EphemeralDataProtectionProvider());

    [Fact]
    public Task Whatever_is_put_in_comes_out_at_its_place() => Seeded.Run(500, random =>
    {
        var (payload, place) = (Seeded.Payload(random, 3_000), Place(random));

        Assert.Equal(OpenedAs.Payload, _form.Open(_form.Seal(payload, place), place, out var opened, out var failure));

        Assert.Equal(payload, opened);
        Assert.Null(failure);
    });

    [Fact]
    public Task At_any_other_place_nothing_comes_out() => Seeded.Run(500, random =>
    {
        var (payload, place) = (Seeded.Payload(random, 300), Place(random));
        var stored = _form.Seal(payload, place);
        PayloadPlace[] others = place.LetterBase is { } letterBase
            ? [place with { Version = place.Version - 1 }, place with { LetterBase = letterBase + 1 }, place with { LetterBase = null }]
            : [place with { Version = place.Version + 1 }, place with { Key = SessionToken.Create().ToKey() }, place with { LetterBase = 0 }, place with { LetterBase = place.Version }];

        foreach (var other in others)
        {
            Assert.Equal(OpenedAs.OtherPlace, _form.Open(stored, other, out var opened, out _));
            Assert.Empty(opened);
        }
    });

    [Fact]
    public Task A_flipped_bit_or_a_missing_end_never_throws_and_gives_nothing() => Seeded.Run(2_000, random =>
    {
        var (payload, place) = (Seeded.Payload(random, 300), Place(random));
        var stored = _form.Seal(payload, place);
        if (random.Next(4) == 0) stored = stored[..random.Next(1, stored.Length)];
        else stored[random.Next(1, stored.Length)] ^= (byte)(1 << random.Next(8));

        Assert.Equal(OpenedAs.NoKey, _form.Open(stored, place, out var opened, out var failure));

        Assert.Empty(opened);
        Assert.NotNull(failure);
    });

    [Fact]
    public void A_dead_letter_opens_under_the_key_that_its_session_has_moved_to()
    {
        var letter = new PayloadPlace(SessionToken.Create().ToKey(), 7, 5);

        Assert.Equal(OpenedAs.Payload, _form.Open(_form.Seal([1, 2, 3], letter), letter with { Key = SessionToken.Create().ToKey() }, out var opened, out _));

        Assert.Equal([1, 2, 3], opened);
    }

    [Fact]
    public void The_first_byte_is_130_and_nothing_of_the_content_is_to_be_seen()
    {
        var secret = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a secret of the visitor;", 20)));

        var stored = _form.Seal(secret, new PayloadPlace(default, 1, null));

        Assert.Equal(130, stored[0]);
        Assert.Equal(-1, stored.AsSpan().IndexOf("secret"u8));
        Assert.NotEqual(stored, _form.Seal(secret, new PayloadPlace(default, 1, null)));
    }

    [Fact]
    public async Task Old_rows_stay_readable_when_the_keys_are_rotated_and_other_nodes_read_both()
    {
        using var ring = new KeyRing();
        var process = ring.NewProcess();
        var form = new EncryptedForm(process.GetRequiredService<IDataProtectionProvider>());
        var place = new PayloadPlace(SessionToken.Create().ToKey(), 3, null);
        var old = form.Seal([1], place);

        KeyRing.Rotate(process);
        await KeyRing.NoticedAsync(() => KeyOf(form.Seal([2], place)) != KeyOf(old));
        var fresh = form.Seal([2], place);

        foreach (var reader in (EncryptedForm[])[form, ring.NewForm()])
        {
            Assert.Equal(OpenedAs.Payload, reader.Open(old, place, out var first, out _));
            Assert.Equal(OpenedAs.Payload, reader.Open(fresh, place, out var second, out _));
            Assert.Equal([1, 2], [.. first, .. second]);
        }
    }

    [Fact]
    public async Task A_row_whose_key_was_revoked_or_belongs_to_another_ring_does_not_open()
    {
        using var ring = new KeyRing();
        using var otherRing = new KeyRing();
        var process = ring.NewProcess();
        var form = new EncryptedForm(process.GetRequiredService<IDataProtectionProvider>());
        var place = new PayloadPlace(SessionToken.Create().ToKey(), 3, null);
        var stored = form.Seal([1], place);

        Assert.Equal(OpenedAs.NoKey, otherRing.NewForm().Open(stored, place, out _, out _));
        process.GetRequiredService<IKeyManager>().RevokeAllKeys(DateTimeOffset.UtcNow.AddMinutes(1), "the test wants it");
        await KeyRing.NoticedAsync(() => form.Open(stored, place, out _, out _) == OpenedAs.NoKey);
        Assert.Equal(OpenedAs.NoKey, ring.NewForm().Open(stored, place, out _, out _));
    }

    // Data Protection writes a magic number of four bytes, then the id of the key.
    private static Guid KeyOf(byte[] stored) => new(stored.AsSpan(5, 16));

    private static PayloadPlace Place(Random random)
    {
        var version = random.NextInt64(1, long.MaxValue);
        return new PayloadPlace(SessionToken.Create().ToKey(), version, random.Next(2) == 0 ? null : random.NextInt64(version));
    }
}
