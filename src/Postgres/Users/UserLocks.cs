using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace HybridSession.Postgres.Users;

/// <summary>The advisory lock of a user: 64 bits of a hash of the schema and the id, so that the server's list of locks names nobody. Two users with one number only wait for each other.</summary>
internal sealed class UserLocks(SqlScripts sql, string schema)
{
    private readonly string _site = "HybridSession users of schema " + schema;

    /// <summary>Waits for the lock, and holds it to the end of the transaction.</summary>
    public NpgsqlBatchCommand Take(string userId)
    {
        var (high, low) = NumbersOf(userId);
        return new NpgsqlBatchCommand(sql.LockUser) { Parameters = { Parameter.Int(high), Parameter.Int(low) } };
    }

    internal (int High, int Low) NumbersOf(string userId)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{_site}\0{userId}"));
        return (BinaryPrimitives.ReadInt32BigEndian(hash), BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(4)));
    }
}
