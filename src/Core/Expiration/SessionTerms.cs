using HybridSession.Payload;

namespace HybridSession.Expiration;

/// <summary>How long one session lives where it differs from the site's options, as its attributes say. Times are milliseconds.</summary>
/// <param name="IdleMs">The longest pause; null for the site's.</param>
/// <param name="LifetimeMs">The longest life, <see cref="NoLimit"/> for any; null for the site's.</param>
/// <param name="CookieMaxAgeMs">How long its cookie outlives the browser; null for the site's.</param>
internal readonly record struct SessionTerms(long? IdleMs, long? LifetimeMs, long? CookieMaxAgeMs)
{
    /// <summary>A lifetime without end.</summary>
    public const long NoLimit = 0;

    /// <summary>The shortest of each.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>The longest of each: what browsers allow a cookie.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(400);

    public static ReadOnlySpan<byte> IdleKey => "idle"u8;

    public static ReadOnlySpan<byte> LifetimeKey => "life"u8;

    public static ReadOnlySpan<byte> CookieMaxAgeKey => "keep"u8;

    /// <summary>What the attributes say. A value that none of this version wrote counts as none.</summary>
    public static SessionTerms Read(PackedSession payload) =>
        payload.HasAttributes ? new SessionTerms(Read(payload, IdleKey), Read(payload, LifetimeKey, NoLimit), Read(payload, CookieMaxAgeKey)) : default;

    /// <summary>The form in which an attribute holds a time; empty for none.</summary>
    public static byte[] Encode(long? milliseconds)
    {
        if (milliseconds is not { } value) return [];
        var bytes = new byte[Varint.Length(value)];
        var at = 0;
        Varint.Write(bytes, ref at, value);
        return bytes;
    }

    private static long? Read(PackedSession payload, ReadOnlySpan<byte> key, long? orElse = null)
    {
        if (!payload.TryGetAttribute(key, out var bytes)) return null;
        var at = 0;
        if (!Varint.TryRead(bytes, ref at, out var value) || at != bytes.Length) return null;
        var isInRange = value >= (long)Shortest.TotalMilliseconds && value <= (long)Longest.TotalMilliseconds;
        return isInRange || value == orElse ? value : null;
    }
}
