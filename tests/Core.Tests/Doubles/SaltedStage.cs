using System.Buffers.Binary;
using System.Security.Cryptography;
using HybridSession.Stores;

namespace HybridSession.Core.Tests.Doubles;

/// <summary>Never stores the same bytes twice, and opens them only in their place: what encryption does to everybody around it.</summary>
internal sealed class SaltedStage(ISessionBackingStore inner) : PayloadStage(inner)
{
    private const byte Form = 200;
    private const int Salt = 8;
    private const int Prefix = 1 + Salt + sizeof(long) + sizeof(long);

    protected override byte[] Seal(byte[] payload, in PayloadPlace place)
    {
        byte[] stored = [Form, .. RandomNumberGenerator.GetBytes(Salt), .. new byte[sizeof(long) + sizeof(long)], .. payload];
        BinaryPrimitives.WriteInt64BigEndian(stored.AsSpan(1 + Salt), place.Version);
        BinaryPrimitives.WriteInt64BigEndian(stored.AsSpan(1 + Salt + sizeof(long)), place.LetterBase ?? -1);
        return stored;
    }

    protected override byte[] Open(byte[] stored, in PayloadPlace place)
    {
        Assert.Equal(Form, stored[0]);
        Assert.Equal(place.Version, BinaryPrimitives.ReadInt64BigEndian(stored.AsSpan(1 + Salt)));
        Assert.Equal(place.LetterBase ?? -1, BinaryPrimitives.ReadInt64BigEndian(stored.AsSpan(1 + Salt + sizeof(long))));
        return stored[Prefix..];
    }
}
