using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace HybridSession.Configuration;

/// <summary>The text forms of values in configuration. Always the invariant culture.</summary>
internal static class SettingText
{
    private static readonly (string Suffix, double Seconds)[] DurationUnits =
        [("ms", 0.001), ("s", 1), ("m", 60), ("min", 60), ("h", 3600), ("d", 86400)];

    // Powers of 1024 in both spellings, as PostgreSQL reads its own settings.
    private static readonly (string Suffix, long Bytes)[] SizeUnits =
        [("B", 1), ("KB", 1L << 10), ("KiB", 1L << 10), ("MB", 1L << 20), ("MiB", 1L << 20), ("GB", 1L << 30), ("GiB", 1L << 30)];

    /// <summary><c>00:20:00</c>, or a number with one of the units ms, s, m, min, h, d. A bare number is refused: .NET would read it as days, most people mean seconds.</summary>
    public static bool TryDuration(string text, out TimeSpan value)
    {
        value = default;
        text = text.Trim();
        if (text.Contains(':', StringComparison.Ordinal)) return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value);
        foreach (var (suffix, seconds) in DurationUnits)
            if (TryNumberBefore(text, suffix, out var number)) return TryFromSeconds(number * seconds, out value);
        return false;
    }

    /// <summary>A whole or broken number of seconds, as the origin of this project writes its lifetimes.</summary>
    public static bool TrySeconds(string text, out TimeSpan value)
    {
        value = default;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && TryFromSeconds(seconds, out value);
    }

    /// <summary>A number of bytes, or a number with one of the units KB, MB, GB (KiB, MiB, GiB), which are powers of 1024.</summary>
    public static bool TrySize(string text, out long value)
    {
        text = text.Trim();
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)) return true;
        foreach (var (suffix, bytes) in SizeUnits)
        {
            if (!TryNumberBefore(text, suffix, out var number)) continue;
            var total = number * bytes;
            if (total is < 0 or > long.MaxValue / 2) return false;
            value = (long)total;
            return true;
        }
        return false;
    }

    /// <summary><c>true</c> and <c>false</c>, and what ini files write for them: on, off, yes, no, 1, 0.</summary>
    public static bool TrySwitch(string text, out bool value)
    {
        value = text.Trim().ToUpperInvariant() is "TRUE" or "ON" or "YES" or "1";
        return value || text.Trim().ToUpperInvariant() is "FALSE" or "OFF" or "NO" or "0";
    }

    /// <summary>A whole number without signs, blanks or separators.</summary>
    public static bool TryCount(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <summary>A broken number with a point.</summary>
    public static bool TryRatio(string text, out double value) => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);

    /// <summary>A name of <typeparamref name="T"/> without regard to case; numbers are refused.</summary>
    public static bool TryName<T>(string text, [MaybeNullWhen(false)] out T value) where T : struct, Enum
    {
        value = default;
        return text.Trim() is [var first, ..] name && char.IsAsciiLetter(first) && Enum.TryParse(name, ignoreCase: true, out value) && Enum.IsDefined(value);
    }

    private static bool TryNumberBefore(string text, string suffix, out double number)
    {
        number = 0;
        return text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
            && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out number);
    }

    private static bool TryFromSeconds(double seconds, out TimeSpan value)
    {
        value = default;
        if (!double.IsFinite(seconds) || Math.Abs(seconds) > TimeSpan.MaxValue.TotalSeconds / 2) return false;
        value = TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
        return true;
    }
}
