using System.Text;
using System.Text.Unicode;
using HybridSession.Payload;

namespace HybridSession.Middleware;

/// <summary>The messages of a session as the bytes of one value. Pure.</summary>
/// <remarks>
/// <code>
/// | Field       | Bytes       | Meaning                                  |
/// |-------------|-------------|------------------------------------------|
/// | format      | 1           | 1                                        |
/// | messages    |             | oldest first                             |
/// |   level     | 1           | a <see cref="FlashLevel"/>               |
/// |   length    | varint      | of the text                              |
/// |   text      | length      | UTF-8                                    |
/// </code>
/// </remarks>
internal static class FlashCodec
{
    /// <summary>The user key that holds them.</summary>
    public const string Key = ".HybridSession.Flash";

    private const byte Format = 1;

    /// <summary>The newest of the messages, at most <see cref="FlashMessage.MaxCount"/>.</summary>
    public static byte[] Write(IReadOnlyList<FlashMessage> messages)
    {
        var first = Math.Max(0, messages.Count - FlashMessage.MaxCount);
        var length = 1;
        for (var i = first; i < messages.Count; i++)
        {
            var text = Encoding.UTF8.GetByteCount(messages[i].Text);
            length += 1 + Varint.Length(text) + text;
        }

        var bytes = new byte[length];
        bytes[0] = Format;
        var at = 1;
        for (var i = first; i < messages.Count; i++)
        {
            bytes[at++] = (byte)messages[i].Level;
            Varint.Write(bytes, ref at, Encoding.UTF8.GetByteCount(messages[i].Text));
            at += Encoding.UTF8.GetBytes(messages[i].Text, bytes.AsSpan(at));
        }

        return bytes;
    }

    /// <summary>What is left without some messages; null when that is nothing.</summary>
    public static byte[]? Without(ReadOnlySpan<byte> bytes, IReadOnlyList<FlashMessage> messages)
    {
        List<FlashMessage> rest = [.. Read(bytes)];
        foreach (var message in messages) rest.Remove(message);
        return rest.Count == 0 ? null : Write(rest);
    }

    /// <summary>The messages; none when the bytes are of another format, such as a later one: a message is not worth a failed request.</summary>
    public static IReadOnlyList<FlashMessage> Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0 || bytes[0] != Format) return [];
        var messages = new List<FlashMessage>();
        var at = 1;
        while (at < bytes.Length)
        {
            var level = (FlashLevel)bytes[at++];
            if (!Enum.IsDefined(level) || !Varint.TryRead(bytes, ref at, out var length) || length > bytes.Length - at) return [];
            var text = bytes.Slice(at, (int)length);
            if (!Utf8.IsValid(text)) return [];
            messages.Add(new FlashMessage(level, Encoding.UTF8.GetString(text)));
            at += (int)length;
        }

        return messages;
    }
}
