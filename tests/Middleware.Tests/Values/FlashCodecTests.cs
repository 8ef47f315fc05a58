using System.Text;
using CsCheck;

namespace HybridSession.Middleware.Tests.Values;

public class FlashCodecTests
{
    private static readonly Gen<FlashMessage> GenMessage =
        Gen.Select(Gen.Enum<FlashLevel>(), Gen.String, static (level, text) => FlashMessage.Create(level, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))));

    // A failure prints the seed.
    [Fact]
    public void Messages_read_back_the_newest_of_too_many() => GenMessage.Array[0, FlashMessage.MaxCount + 3].Sample(
        messages => Assert.Equal(messages.TakeLast(FlashMessage.MaxCount), FlashCodec.Read(FlashCodec.Write(messages))));

    [Fact]
    public void Bytes_of_anybody_else_are_no_messages_and_never_a_failure() => Gen.Byte.Array[0, 40].Sample(bytes =>
    {
        if (bytes.Length > 0) bytes[0] = 1;
        var messages = FlashCodec.Read(bytes);
        if (messages.Count is > 0 and <= FlashMessage.MaxCount) Assert.Equal(bytes, FlashCodec.Write(messages));
    });

    [Fact]
    public void The_bytes_are_these() => Assert.Equal("010002C3A903013F", Convert.ToHexString(FlashCodec.Write([new(FlashLevel.Success, "é"), new(FlashLevel.Error, "?")])));

    [Fact]
    public void Some_are_taken_out_of_all_once_each()
    {
        FlashMessage a = new(FlashLevel.Info, "a"), b = new(FlashLevel.Info, "b");

        Assert.Equal([b, a], FlashCodec.Read(FlashCodec.Without(FlashCodec.Write([a, b, a]), [a])));
        Assert.Null(FlashCodec.Without(FlashCodec.Write([a, b]), [b, a]));
        Assert.Null(FlashCodec.Without(default, [a]));
    }
}
