using HybridSession.Consistency;

namespace HybridSession.Core.Tests.Consistency;

public sealed class PeerCodecTests
{
    private const int MaxLength = 7_900;

    private static readonly NodeId Node = NodeId.FromText("abcdefgh");

    public static TheoryData<int> Kinds => [.. Enum.GetValues<PeerNoticeKind>().Select(kind => (int)kind)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_of_message_is_read_as_it_was_written_in_texts_of_bounded_length(int kindValue)
    {
        var kind = (PeerNoticeKind)kindValue;
        var random = new Random(7);
        PeerItem[] items = [.. Enumerable.Range(0, 2_000).Select(_ => new PeerItem(new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64()), random.NextInt64()))];

        var texts = PeerCodec.Encode(kind, Node, items, MaxLength).ToArray();

        List<PeerItem> read = [];
        foreach (var text in texts)
        {
            Assert.InRange(text.Length, 10, MaxLength);
            Assert.All(text, c => Assert.True(char.IsAscii(c)));
            Assert.True(PeerCodec.TryDecode(text, out var notice));
            Assert.Equal((kind, Node), (notice.Kind, notice.From));
            read.AddRange(notice.Items);
        }

        Assert.Equal(items.Take(read.Count).Select(item => Carried(kind, item)), read);
        Assert.Equal(kind is PeerNoticeKind.Hello or PeerNoticeKind.Welcome or PeerNoticeKind.Bye or PeerNoticeKind.AllChanged ? 0 : items.Length, read.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1h")]
    [InlineData("2habcdefgh")]
    [InlineData("1habcdefg1")]
    [InlineData("1xabcdefgh")]
    [InlineData("1habcdefghAAAA")]
    [InlineData("1cabcdefgh")]
    [InlineData("1cabcdefghAAAA")]
    [InlineData("1cabcdefgh!!!!!!!!!!!")]
    [InlineData("1cabcdefghAAAAAAAAAA=")]
    [InlineData("1cabcdefgh\u00e9AAAAAAAAAA")]
    [InlineData("1qabcdefghAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_not_exactly_a_message_is_none(string text) => Assert.False(PeerCodec.TryDecode(text, out _));

    [Fact]
    public void Garbage_is_never_an_exception()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(60)).Select(_ => (char)random.Next(1, 256))]);
            if (random.Next(2) == 0) text = "1" + "hwbcarpqf"[random.Next(9)] + "abcdefgh" + text;
            var failure = Record.Exception(() => PeerCodec.TryDecode(text, out _));
            Assert.True(failure is null, $"Seed {seed}: {failure}");
        }
    }

    private static PeerItem Carried(PeerNoticeKind kind, PeerItem item) => kind switch
    {
        PeerNoticeKind.Changed => new PeerItem(item.Id >> 64 << 64),
        PeerNoticeKind.FlushRequest => item,
        _ => new PeerItem(item.Id),
    };
}
