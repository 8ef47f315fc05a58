using System.Buffers.Binary;
using System.Text;

namespace HybridSession.Resilience.Faults.Proxy;

/// <summary>One message from the client to the server, with its header.</summary>
/// <param name="Type">The type; NUL for what comes before the startup is over.</param>
/// <param name="Bytes">All of it.</param>
internal readonly record struct FrontendMessage(char Type, ReadOnlyMemory<byte> Bytes)
{
    public const char Untyped = '\0';
    public const int HeaderLength = 5;

    private const int Protocol3 = 196_608;

    /// <summary>The message that opens the session, unlike requests for encryption or cancellation.</summary>
    public bool IsStartup => Type == Untyped && BinaryPrimitives.ReadInt32BigEndian(Bytes.Span[4..]) >> 16 == Protocol3 >> 16;

    /// <summary>The n-th of the texts that a message begins with.</summary>
    public string Text(int index)
    {
        var rest = Bytes.Span[HeaderLength..];
        for (; index > 0; index--) rest = rest[(rest.IndexOf((byte)0) + 1)..];
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)0)]);
    }
}
