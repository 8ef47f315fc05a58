using System.Text;

namespace HybridSession.Users;

/// <summary>What may be the id of a user. Pure.</summary>
internal static class UserIds
{
    /// <summary>The most bytes of UTF-8.</summary>
    public const int MaxBytes = 200;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The id as UTF-8. The message of the exception does not show it.</summary>
    /// <exception cref="ArgumentException">It is empty, longer than <see cref="MaxBytes"/>, or holds what a text column cannot: a NUL, or half of a surrogate pair.</exception>
    public static byte[] Encode(string userId)
    {
        ArgumentException.ThrowIfNullOrEmpty(userId);
        if (userId.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("The id of a user may not contain the character U+0000.", nameof(userId));
        // No character takes less than a byte, so the length alone refuses what would be long to encode.
        if (userId.Length > MaxBytes) throw TooLong(userId.Length, nameof(userId));
        try
        {
            var bytes = Strict.GetBytes(userId);
            return bytes.Length <= MaxBytes ? bytes : throw TooLong(bytes.Length, nameof(userId));
        }
        catch (EncoderFallbackException)
        {
            // Not as the cause: it names characters of the id.
            throw new ArgumentException("The id of a user holds half of a surrogate pair, which is no text.", nameof(userId));
        }
    }

    private static ArgumentException TooLong(int length, string parameter) =>
        new($"The id of a user has at most {MaxBytes} bytes of UTF-8; this one has {length} or more. Use a shorter one, such as a hash of it.", parameter);
}
