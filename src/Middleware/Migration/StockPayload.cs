using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace HybridSession.Middleware;

/// <summary>
/// What the stock middleware stores: 0x02; the number of entries (3 bytes); an id (16 bytes); per entry the length of the key (2 bytes), the key in UTF-8, the length
/// of the value (4 bytes), the value. Numbers are big-endian. Pure.
/// </summary>
internal static class StockPayload
{
    private const byte Revision = 2;
    private const int HeaderLength = 20;

    // The stock reader ignores what follows the last entry, so its nodes still read a marked payload.
    private const byte ReplacedMark = 0x01;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads all entries, or none when anything is not as the stock middleware writes it, or beyond a limit.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, int maxBytes, int maxKeys, [NotNullWhen(true)] out Dictionary<string, byte[]>? entries)
    {
        entries = null;
        if (payload.Length < HeaderLength || payload.Length > maxBytes || payload[0] != Revision) return false;
        var count = payload[1] << 16 | payload[2] << 8 | payload[3];
        if (count > maxKeys) return false;

        var rest = payload[HeaderLength..];
        var found = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            if (rest.Length < 2 || !TryTake(ref rest, 2, BinaryPrimitives.ReadUInt16BigEndian(rest), out var key)) return false;
            if (rest.Length < 4 || !TryTake(ref rest, 4, BinaryPrimitives.ReadUInt32BigEndian(rest), out var value)) return false;
            if (!TryDecode(key, out var name) || !found.TryAdd(name, value.ToArray())) return false;
        }
        if (!rest.IsEmpty && rest is not [ReplacedMark]) return false;
        entries = found;
        return true;
    }

    /// <summary>The same payload, marked as one whose client has a new session. Given only one that was parsed and is not marked yet.</summary>
    public static byte[] MarkReplaced(ReadOnlySpan<byte> payload) => [.. payload, ReplacedMark];

    /// <summary>A parsed payload is marked.</summary>
    public static bool IsReplaced(ReadOnlySpan<byte> payload)
    {
        var rest = payload[HeaderLength..];
        for (var count = payload[1] << 16 | payload[2] << 8 | payload[3]; count > 0; count--)
        {
            rest = rest[(2 + BinaryPrimitives.ReadUInt16BigEndian(rest))..];
            rest = rest[(4 + (int)BinaryPrimitives.ReadUInt32BigEndian(rest))..];
        }
        return !rest.IsEmpty;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> rest, int prefix, uint length, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (length > rest.Length - prefix) return false;
        taken = rest.Slice(prefix, (int)length);
        rest = rest[(prefix + (int)length)..];
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<byte> key, [NotNullWhen(true)] out string? name)
    {
        try
        {
            name = Strict.GetString(key);
            return true;
        }
        catch (DecoderFallbackException)
        {
            name = null;
            return false;
        }
    }
}
