using CsCheck;
using Xunit;

namespace HybridSession.Core.Tests.Identity;

public class SessionKeyTests
{
    private static readonly Gen<SessionKey> GenKey = Gen.OneOf<byte>(0, 1, 127, 128, 255).Array[SessionKey.ByteLength].Select(b => new SessionKey(b));

    [Fact]
    public void A_key_is_the_sha256_of_its_token()
    {
        Assert.True(SessionToken.TryParse(new string('A', SessionToken.TextLength), out var token));

        var key = SessionKey.FromToken(token);

        Assert.Equal("66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925", key.ToHex());
        Assert.Equal("66687aadf862bd776c8fc18b8e9f8e20", key.ToPublicId());
    }

    [Fact]
    public void ToString_shows_the_first_8_digits_only()
    {
        var key = SessionKey.FromToken(SessionToken.Create());

        Assert.Equal(key.ToHex()[..8], key.ToString());
    }

    [Fact]
    public void The_text_reads_back_in_either_case() => GenKey.Sample(key =>
    {
        Assert.True(SessionKey.TryParseHex(key.ToHex(), out var lower));
        Assert.True(SessionKey.TryParseHex(key.ToHex().ToUpperInvariant(), out var upper));
        Assert.Equal(key, lower);
        Assert.Equal(key, upper);
    });

    [Fact]
    public void The_order_of_keys_is_the_order_of_their_bytes_and_of_their_text() => Gen.Select(GenKey, GenKey).Sample((left, right) =>
    {
        byte[] leftBytes = new byte[SessionKey.ByteLength], rightBytes = new byte[SessionKey.ByteLength];
        left.CopyTo(leftBytes);
        right.CopyTo(rightBytes);
        var order = Math.Sign(left.CompareTo(right));

        Assert.Equal(order, Math.Sign(leftBytes.AsSpan().SequenceCompareTo(rightBytes)));
        Assert.Equal(order, Math.Sign(string.CompareOrdinal(left.ToHex(), right.ToHex())));
        Assert.Equal(order == 0, left == right);
        Assert.Equal(order < 0, left < right);
        Assert.Equal(order >= 0, left >= right);
    });

    [Theory]
    [InlineData("")]
    [InlineData("66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f292")]
    [InlineData("66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f29255")]
    [InlineData("g6687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925")]
    [InlineData(" 6687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925")]
    public void Any_other_text_is_refused(string text)
    {
        Assert.False(SessionKey.TryParseHex(text, out var key));
        Assert.Equal(default, key);
    }

    [Fact]
    public void A_wrong_number_of_bytes_is_refused()
    {
        Assert.Throws<ArgumentException>("bytes", () => new SessionKey(new byte[SessionKey.ByteLength - 1]));
        Assert.Throws<ArgumentException>("destination", () => default(SessionKey).CopyTo(new byte[SessionKey.ByteLength - 1]));
    }

    [Fact]
    public void Shards_are_even()
    {
        const int shards = 4;
        const int perShard = 2_500;

        var counts = Enumerable.Range(0, shards * perShard).Select(_ => SessionKey.FromToken(SessionToken.Create()).ShardOf(shards)).CountBy(s => s).ToArray();

        Assert.Equal(shards, counts.Length);
        Assert.All(counts, c => Assert.InRange(c.Value, perShard - 500, perShard + 500));
    }
}
