using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Numerics;
using HybridSession.Payload;

namespace HybridSession.Stores;

/// <summary>The compressed form, byte by byte. Pure.</summary>
/// <remarks>
/// <code>
/// | Field    | Bytes         | Meaning                                                                  |
/// |----------|---------------|--------------------------------------------------------------------------|
/// | form     | 1             | 129                                                                      |
/// | method   | 1             | 0: as it came, for content that begins with 129 itself; 1: Brotli        |
/// | length   | varint        | only with a method above 0: of the content                               |
/// | checksum | 4, big endian | only with a method above 0: CRC-32C of the content                       |
/// | content  |               | to the end; it must yield exactly that length and checksum               |
/// </code>
/// <para>Of the checksum there is need because Brotli has none: one wrong bit may make other content of it that looks whole.</para>
/// </remarks>
internal static class CompressedForm
{
    private const byte AsItCame = 0;
    private const byte Brotli = 1;
    private const int Prefix = 2;

    // Higher ones take a multiple of the time for a tenth of the size; docs/decisions/0011-stored-forms.md has the figures.
    private const int Quality = 1;
    private const int MinWindowBits = 10;
    private const int MaxWindowBits = 22;

    /// <summary>Compresses. False when that would save nothing.</summary>
    public static bool TryCompress(byte[] payload, [NotNullWhen(true)] out byte[]? stored)
    {
        stored = null;
        var start = Prefix + Varint.Length(payload.Length) + sizeof(uint);
        if (payload.Length <= start) return false;

        var buffer = ArrayPool<byte>.Shared.Rent(payload.Length);
        try
        {
            // One byte less than the content, prefix included: what does not fit saves nothing.
            var room = buffer.AsSpan(start, payload.Length - 1 - start);
            if (!BrotliEncoder.TryCompress(payload, room, out var written, Quality, WindowFor(payload.Length))) return false;

            (buffer[0], buffer[1]) = (StoredForm.Compressed, Brotli);
            var at = Prefix;
            Varint.Write(buffer, ref at, payload.Length);
            BinaryPrimitives.WriteUInt32BigEndian(buffer.AsSpan(at), Checksum(payload));
            stored = buffer[..(start + written)];
            return true;
        }
        finally
        {
            // Others rent it next: no session is left in it.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>The form of content that is not compressed: itself, except where it would be taken for this form.</summary>
    public static byte[] AsIs(byte[] payload) => StoredForm.Is(StoredForm.Compressed, payload) ? [StoredForm.Compressed, AsItCame, .. payload] : payload;

    /// <summary>Gives the content back. False when the bytes are damaged, or claim to hold more than <paramref name="maxLength"/>; nothing is allocated for such a claim.</summary>
    public static bool TryOpen(byte[] stored, int maxLength, [NotNullWhen(true)] out byte[]? payload)
    {
        payload = null;
        if (stored.Length < Prefix) return false;
        if (stored[1] == AsItCame)
        {
            payload = stored[Prefix..];
            return true;
        }

        var at = Prefix;
        if (stored[1] != Brotli || !Varint.TryRead(stored, ref at, out var length) || length > maxLength || !BinaryPrimitives.TryReadUInt32BigEndian(stored.AsSpan(at), out var checksum)) return false;
        var content = new byte[length];
        if (!BrotliDecoder.TryDecompress(stored.AsSpan(at + sizeof(uint)), content, out var written) || written != length || Checksum(content) != checksum) return false;
        payload = content;
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> content)
    {
        var crc = uint.MaxValue;
        for (; content.Length >= sizeof(ulong); content = content[sizeof(ulong)..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(content));
        foreach (var rest in content) crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }

    // The smallest that covers the content: encoder and decoder allocate it.
    private static int WindowFor(int length) => Math.Clamp(BitOperations.Log2((uint)length) + 1, MinWindowBits, MaxWindowBits);
}
