using Npgsql;
using NpgsqlTypes;

namespace HybridSession.Postgres;

/// <summary>
/// Parameters with their types said. A key must be <c>char</c>: Npgsql sends a string as <c>text</c> by itself, and PostgreSQL then casts the column
/// and reads the whole table.
/// </summary>
internal static class Parameter
{
    public static NpgsqlParameter Key(SessionKey key) => new NpgsqlParameter<string> { TypedValue = key.ToHex(), NpgsqlDbType = NpgsqlDbType.Char };

    /// <summary>A key's digits, or a text that stands before or after every key.</summary>
    public static NpgsqlParameter KeyText(string hex) => new NpgsqlParameter<string> { TypedValue = hex, NpgsqlDbType = NpgsqlDbType.Char };

    public static NpgsqlParameter Keys(string[] keys) => new NpgsqlParameter<string[]> { TypedValue = keys, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Char };

    public static NpgsqlParameter Bytes(byte[] bytes) => new NpgsqlParameter<byte[]> { TypedValue = bytes, NpgsqlDbType = NpgsqlDbType.Bytea };

    public static NpgsqlParameter Bytes(byte[][] bytes) => new NpgsqlParameter<byte[][]> { TypedValue = bytes, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };

    public static NpgsqlParameter Long(long value) => new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    public static NpgsqlParameter Longs(long[] values) => new NpgsqlParameter<long[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };

    public static NpgsqlParameter OptionalLong(long? value) => new() { Value = value is { } known ? known : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint };

    public static NpgsqlParameter Int(int value) => new NpgsqlParameter<int> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Integer };

    public static NpgsqlParameter Ints(int[] values) => new NpgsqlParameter<int[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer };

    public static NpgsqlParameter Text(string value) => new NpgsqlParameter<string> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };

    public static NpgsqlParameter OptionalText(string? value) => new() { Value = value is null ? DBNull.Value : value, NpgsqlDbType = NpgsqlDbType.Text };

    public static NpgsqlParameter Texts(string[] values) => new NpgsqlParameter<string[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    public static NpgsqlParameter Page(uint page) => new NpgsqlParameter<NpgsqlTid> { TypedValue = new NpgsqlTid(page, 0), NpgsqlDbType = NpgsqlDbType.Tid };
}
