using System.Buffers.Binary;
using System.Text;
using HybridSession.Payload;

namespace HybridSession.Bench.Micro.Sessions;

/// <summary>The session that the request path is measured with: 8 keys with 996 bytes of values, a 32-byte token, a 4-byte counter, six of 160 bytes.</summary>
internal static class SampleSession
{
    /// <summary>The first key in the order of the payload; 32 bytes.</summary>
    public const string TokenKey = "antiforgery";

    /// <summary>The second key; 4 bytes.</summary>
    public const string CounterKey = "counter";

    /// <summary>The last key; 160 bytes.</summary>
    public const string LastKey = "data-6";

    private const int DataKeys = 6;
    private const int DataLength = 160;

    /// <summary>Keys and values, the same at each run.</summary>
    public static IReadOnlyList<(string Key, byte[] Value)> Values { get; } = CreateValues();

    /// <summary>The same, packed, at version <paramref name="version"/>.</summary>
    public static PackedSession Pack(NodeId node, long version)
    {
        var session = PackedSession.Empty;
        foreach (var (key, value) in Values) session = session.Set(Encoding.UTF8.GetBytes(key), value, session.Version + 1, node);
        return session.WithTip(version, node);
    }

    /// <summary>A counter's bytes, as <c>SetInt32</c> writes them.</summary>
    public static byte[] Counter(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static List<(string Key, byte[] Value)> CreateValues()
    {
        var random = new Random(1);
        List<(string, byte[])> values = [(TokenKey, Bytes(32)), (CounterKey, Counter(0))];
        for (var i = 1; i <= DataKeys; i++) values.Add(($"data-{i}", Bytes(DataLength)));
        return values;

        byte[] Bytes(int length)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            return bytes;
        }
    }
}
