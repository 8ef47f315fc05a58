using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace HybridSession;

/// <summary>
/// The secret that opens one session: 256 random bits, which only the client and this process ever see.
/// Its text form is 43 characters of base64url. Thread-safe: a value.
/// </summary>
/// <remarks>
/// The text form is canonical: exactly one string decodes to a token, so that two different cookies can never name one session.
/// <see cref="ToString"/> never shows the token.
/// </remarks>
public readonly struct SessionToken : IEquatable<SessionToken>
{
    /// <summary>The number of random bytes of a token: 32.</summary>
    public const int ByteLength = 32;

    /// <summary>The number of characters of the text form: 43.</summary>
    public const int TextLength = 43;

    private readonly TokenBytes _bytes;

    private SessionToken(ReadOnlySpan<byte> bytes) => bytes.CopyTo(_bytes);

    /// <summary>Draws a new token from the operating system's cryptographic random generator.</summary>
    public static SessionToken Create()
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        RandomNumberGenerator.Fill(bytes);
        return new SessionToken(bytes);
    }

    /// <summary>Reads the text form. Costs no I/O and no allocation.</summary>
    /// <param name="text">What the client sent.</param>
    /// <param name="token">The token, when the result is true.</param>
    /// <returns>False unless <paramref name="text"/> is exactly 43 characters of canonical base64url.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out SessionToken token)
    {
        token = default;
        if (text.Length != TextLength) return false;

        // 43 characters carry 258 bits: the last character's two spare bits must be zero, or the text is not canonical.
        if (!IsCanonicalLast(text[^1])) return false;

        Span<byte> bytes = stackalloc byte[ByteLength];
        foreach (var c in text)
            if (!IsBase64Url(c)) return false;
        if (!Base64Url.TryDecodeFromChars(text, bytes, out var written) || written != ByteLength) return false;
        token = new SessionToken(bytes);
        return true;
    }

    /// <summary>The text form, for the client alone. Never log it.</summary>
    public string Encode() => Base64Url.EncodeToString(_bytes);

    /// <inheritdoc />
    public bool Equals(SessionToken other) => CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is SessionToken other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => MemoryMarshal.Read<int>(_bytes);

    /// <summary>Compares two tokens in constant time.</summary>
    public static bool operator ==(SessionToken left, SessionToken right) => left.Equals(right);

    /// <summary>Compares two tokens in constant time.</summary>
    public static bool operator !=(SessionToken left, SessionToken right) => !left.Equals(right);

    /// <summary>Always <c>SessionToken</c>: a token is a credential and is not printed.</summary>
    public override string ToString() => nameof(SessionToken);

    internal SessionKey ToKey()
    {
        Span<byte> hash = stackalloc byte[SessionKey.ByteLength];
        SHA256.HashData(_bytes, hash);
        return new SessionKey(hash);
    }

    private static bool IsBase64Url(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    // The base64url characters whose value is a multiple of four.
    private static bool IsCanonicalLast(char c) => c is 'A' or 'E' or 'I' or 'M' or 'Q' or 'U' or 'Y' or 'c' or 'g' or 'k' or 'o' or 's' or 'w' or '0' or '4' or '8';

    [InlineArray(ByteLength)]
    private struct TokenBytes
    {
        private byte _first;
    }
}
