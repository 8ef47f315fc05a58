using System.Buffers.Binary;
using System.Text;

namespace HybridSession.Resilience.Faults.Proxy;

public class FrontendSplitterTests
{
    private static readonly byte[] SslRequest = Untyped(80_877_103);
    private static readonly byte[] Startup = Untyped(196_608, "user\0me\0\0");
    private static readonly byte[] Parse = Typed('P', "_p1\0update session\0\0\0");
    private static readonly byte[] Sync = Typed('S', "");

    [Fact]
    public void Messages_come_out_whole_however_the_bytes_were_divided()
    {
        byte[] all = [.. SslRequest, .. Startup, .. Parse, .. Sync];
        for (var piece = 1; piece <= all.Length; piece++)
        {
            var splitter = new FrontendSplitter();
            List<(char, int)> messages = [];
            foreach (var bytes in all.Chunk(piece))
            {
                splitter.Add(bytes);
                while (splitter.TryRead(out var message)) messages.Add((message.Type, message.Bytes.Length));
            }

            Assert.Equal([('\0', SslRequest.Length), ('\0', Startup.Length), ('P', Parse.Length), ('S', Sync.Length)], messages);
        }
    }

    [Fact]
    public void The_texts_of_a_message_are_read_in_order()
    {
        var message = new FrontendMessage('P', Parse);

        Assert.Equal("_p1", message.Text(0));
        Assert.Equal("update session", message.Text(1));
    }

    [Fact]
    public void Encrypted_bytes_pass_as_they_are()
    {
        var splitter = new FrontendSplitter();
        splitter.Add(SslRequest);
        Assert.True(splitter.TryRead(out _));
        byte[] hello = [22, 3, 1, 2, 0, 1, 0, 1, 252];
        splitter.Add(hello);

        Assert.True(splitter.TryRead(out var message));
        Assert.True(splitter.IsOpaque);
        Assert.Equal(hello, message.Bytes);
        Assert.False(splitter.TryRead(out _));
    }

    private static byte[] Untyped(int code, string text = "")
    {
        var bytes = new byte[8 + text.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), code);
        Encoding.ASCII.GetBytes(text, bytes.AsSpan(8));
        return bytes;
    }

    private static byte[] Typed(char type, string text)
    {
        var bytes = new byte[5 + text.Length];
        bytes[0] = (byte)type;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), bytes.Length - 1);
        Encoding.ASCII.GetBytes(text, bytes.AsSpan(5));
        return bytes;
    }
}
