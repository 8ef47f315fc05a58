using System.Buffers.Binary;
using System.Security.Cryptography;
using HybridSession.Stores;
using Microsoft.AspNetCore.DataProtection;

namespace HybridSession.Middleware;

/// <summary>What came of opening an encrypted payload.</summary>
internal enum OpenedAs
{
    /// <summary>The payload.</summary>
    Payload,

    /// <summary>No key opens it: the keys are others, or the bytes are damaged.</summary>
    NoKey,

    /// <summary>It was written for another place than it stands in.</summary>
    OtherPlace,
}

/// <summary>The encrypted form, byte by byte. Every byte but the first is authenticated.</summary>
/// <remarks>
/// <para>The first byte is 130; the rest is what Data Protection made of this:</para>
/// <code>
/// | Field        | Bytes          | Meaning                                                           |
/// |--------------|----------------|-------------------------------------------------------------------|
/// | kind         | 1              | 1: a row; 2: a dead letter                                        |
/// | version      | 8, big endian  | the stored version beside it                                      |
/// | key          | 32             | a row's session key                                               |
/// | base version | 8, big endian  | a dead letter's base version                                      |
/// | content      |                | a packed session, or its compressed form                          |
/// </code>
/// <para>So a payload opens only in the row and at the version it was written for. A dead letter is not bound to its key: the store moves it along, unopened, when a session gets a new token.</para>
/// </remarks>
internal sealed class EncryptedForm(IDataProtectionProvider provider)
{
    /// <summary>Tells these payloads from all else that the same keys protect. Never changes.</summary>
    private const string Purpose = "HybridSession.Payload.v1";

    private const byte Row = 1;
    private const byte Letter = 2;
    private const int RowHeader = 1 + sizeof(long) + SessionKey.ByteLength;
    private const int LetterHeader = 1 + sizeof(long) + sizeof(long);

    private readonly IDataProtector _protector = provider.CreateProtector(Purpose);

    /// <exception cref="CryptographicException">There is no key to encrypt with.</exception>
    public byte[] Seal(byte[] payload, in PayloadPlace place)
    {
        var header = HeaderLength(place);
        var content = new byte[header + payload.Length];
        WriteHeader(content, place);
        payload.CopyTo(content, header);
        return [StoredForm.Encrypted, .. _protector.Protect(content)];
    }

    /// <param name="stored">Bytes of this form.</param>
    /// <param name="place">Where they stand.</param>
    /// <param name="payload">The payload; empty when the result is another.</param>
    /// <param name="failure">Why no key opens it.</param>
    public OpenedAs Open(byte[] stored, in PayloadPlace place, out byte[] payload, out CryptographicException? failure)
    {
        payload = [];
        failure = null;
        byte[] content;
        try
        {
            content = _protector.Unprotect(stored[1..]);
        }
        catch (CryptographicException exception)
        {
            failure = exception;
            return OpenedAs.NoKey;
        }

        Span<byte> expected = stackalloc byte[HeaderLength(place)];
        WriteHeader(expected, place);
        if (!content.AsSpan().StartsWith(expected)) return OpenedAs.OtherPlace;
        payload = content[expected.Length..];
        return OpenedAs.Payload;
    }

    private static int HeaderLength(in PayloadPlace place) => place.LetterBase is null ? RowHeader : LetterHeader;

    private static void WriteHeader(Span<byte> destination, in PayloadPlace place)
    {
        destination[0] = place.LetterBase is null ? Row : Letter;
        BinaryPrimitives.WriteInt64BigEndian(destination[1..], place.Version);
        var rest = destination[(1 + sizeof(long))..];
        if (place.LetterBase is { } baseVersion) BinaryPrimitives.WriteInt64BigEndian(rest, baseVersion);
        else place.Key.CopyTo(rest);
    }
}
