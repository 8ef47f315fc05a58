using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using HybridSession.Payload;
using HybridSession.Stores;

namespace HybridSession.Core.Tests.Stores;

public sealed class CompressedFormTests
{
    private const int Limit = 1 << 20;

    [Fact]
    public Task Whatever_is_put_in_comes_out() => Seeded.Run(2_000, random =>
    {
        var payload = Seeded.Payload(random, 5_000);

        var stored = CompressedForm.TryCompress(payload, out var compressed) ? compressed : CompressedForm.AsIs(payload);

        if (compressed is not null) Assert.True(compressed.Length < payload.Length);
        if (StoredForm.Is(StoredForm.Compressed, stored))
        {
            Assert.True(CompressedForm.TryOpen(stored, Limit, out var opened));
            Assert.Equal(payload, opened);
        }
        else
        {
            Assert.Same(payload, stored);
        }
    });

    [Fact]
    public void The_first_byte_is_129_and_the_second_the_method()
    {
        Assert.True(CompressedForm.TryCompress(new byte[1_000], out var compressed));
        Assert.Equal([129, 1], compressed[..2]);
        Assert.Equal([129, 0, 129, 5], CompressedForm.AsIs([129, 5]));
        Assert.Equal([130, 5], CompressedForm.AsIs([130, 5]));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(4), InlineData(64), InlineData(5_000)]
    public void What_does_not_become_smaller_is_not_compressed(int size)
    {
        Assert.False(CompressedForm.TryCompress(RandomNumberGenerator.GetBytes(size), out var stored));
        Assert.Null(stored);
    }

    [Fact]
    public void The_checksum_is_CRC_32C()
    {
        Assert.True(CompressedForm.TryCompress(new byte[1_000], out var stored));

        // Two bytes of length, then the checksum; of a thousand zeros, worked out bit by bit.
        Assert.Equal(BitByBit(new byte[1_000]), BinaryPrimitives.ReadUInt32BigEndian(stored.AsSpan(4)));
        Assert.Equal(0xE3069283, BitByBit("123456789"u8));

        static uint BitByBit(ReadOnlySpan<byte> content)
        {
            var crc = uint.MaxValue;
            foreach (var next in content)
            {
                crc ^= next;
                for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }

            return ~crc;
        }
    }

    [Fact]
    public Task A_flipped_bit_or_a_missing_end_gives_no_content_never_throws_and_takes_no_more_memory_than_allowed() => Seeded.Run(2_000, random =>
    {
        var payload = Seeded.Payload(random, 3_000);
        if (!CompressedForm.TryCompress(payload, out var stored)) return;
        if (random.Next(2) == 0) stored = stored[..random.Next(1, stored.Length)];
        // Not of the method: 0 says that what follows is the content.
        else stored[random.Next(2, stored.Length)] ^= (byte)(1 << random.Next(8));

        var before = GC.GetAllocatedBytesForCurrentThread();
        if (CompressedForm.TryOpen(stored, 4_096, out var opened)) Assert.Equal(payload, opened);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    });

    [Theory]
    [InlineData(4_097, false)] // the claim alone is refused
    [InlineData(4_096, true)] // a claim within the limit, and more content than claimed
    [InlineData(100, true)]
    [InlineData(0, true)]
    public void A_bomb_is_refused_without_a_large_allocation(long claim, bool isAllocated)
    {
        var bomb = Bomb(claim, realLength: 64 << 20);
        Assert.True(bomb.Length < 1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(CompressedForm.TryOpen(bomb, 4_096, out _));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, isAllocated ? 16 * 1024 : 1_024);
    }

    [Fact]
    public void An_unknown_method_and_a_length_that_is_not_met_are_refused()
    {
        Assert.True(CompressedForm.TryCompress(new byte[1_000], out var stored));
        Assert.True(CompressedForm.TryOpen(stored, Limit, out _));

        Assert.False(CompressedForm.TryOpen([129, 2, .. stored[2..]], Limit, out _));
        Assert.True(CompressedForm.TryOpen(Bomb(1_000, realLength: 1_000), Limit, out _));
        Assert.False(CompressedForm.TryOpen(Bomb(1_001, realLength: 1_000), Limit, out _));
        Assert.False(CompressedForm.TryOpen(Bomb(999, realLength: 1_000), Limit, out _));
        Assert.False(CompressedForm.TryOpen([129], Limit, out _));
    }

    /// <summary>Claims one length and holds another.</summary>
    internal static byte[] Bomb(long claim, int realLength)
    {
        var content = new byte[realLength];
        var compressed = new byte[1_000 + (realLength / 1_000)];
        Assert.True(BrotliEncoder.TryCompress(content, compressed, out var written, quality: 9, window: 22));
        // As of a content that is all right.
        Assert.True(CompressedForm.TryCompress(content, out var whole));
        var checksumAt = 2;
        Assert.True(Varint.TryRead(whole, ref checksumAt, out _));
        var checksum = whole[checksumAt..(checksumAt + sizeof(uint))];
        var length = new byte[Varint.MaxLength];
        var at = 0;
        Varint.Write(length, ref at, claim);
        return [129, 1, .. length[..at], .. checksum, .. compressed[..written]];
    }
}
