using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace HybridSession.Postgres.Locks;

/// <summary>The two numbers of a session's advisory lock: 64 bits of a hash of the schema and the key, so that sites in one database do not meet and no key can be read off the server's list of locks. Pure.</summary>
internal sealed class LockNumbers(string schema)
{
    private readonly byte[] _site = SHA256.HashData(Encoding.UTF8.GetBytes("HybridSession sessions of schema " + schema));

    public (int High, int Low) Of(SessionKey key)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes + SessionKey.ByteLength];
        _site.CopyTo(bytes);
        key.CopyTo(bytes[SHA256.HashSizeInBytes..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return (BinaryPrimitives.ReadInt32BigEndian(hash), BinaryPrimitives.ReadInt32BigEndian(hash[4..]));
    }
}
