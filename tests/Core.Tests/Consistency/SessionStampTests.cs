using HybridSession.Consistency;
using HybridSession.Payload;

namespace HybridSession.Core.Tests.Consistency;

public sealed class SessionStampTests
{
    private static readonly NodeId A = NodeId.FromText("aaaaaaaa");
    private static readonly NodeId B = NodeId.FromText("bbbb2345");

    [Theory]
    [InlineData(1, "1-aaaaaaaa")]
    [InlineData(35, "z-aaaaaaaa")]
    [InlineData(36, "10-aaaaaaaa")]
    [InlineData(long.MaxValue, "1y2p0ij32e8e7-aaaaaaaa")]
    public void A_stamp_is_its_version_in_base_36_and_its_node(long version, string text)
    {
        var stamp = new SessionStamp(version, A);

        Assert.Equal(text, stamp.ToString());
        Assert.Equal($"token.{text}", stamp.AppendTo("token"));
        Assert.True(SessionStamp.TryParse(text, out var read));
        Assert.Equal(stamp, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-aaaaaaaa")]
    [InlineData("0-aaaaaaaa")]
    [InlineData("1aaaaaaaa")]
    [InlineData("1-aaaaaaa")]
    [InlineData("1-aaaaaaaaa")]
    [InlineData("1-aaaaaaa1")]
    [InlineData("A-aaaaaaaa")]
    [InlineData("-1-aaaaaaaa")]
    [InlineData(" 1-aaaaaaaa")]
    [InlineData("1y2p0ij32e8e8-aaaaaaaa")]
    [InlineData("zzzzzzzzzzzzz-aaaaaaaa")]
    [InlineData("11111111111111-aaaaaaaa")]
    public void What_is_not_exactly_a_stamp_is_none(string text) => Assert.False(SessionStamp.TryParse(text, out _));

    [Fact]
    public void A_content_holds_a_stamp_when_it_has_seen_that_change_of_that_node_and_not_when_it_is_only_higher()
    {
        var content = PackedSession.Empty.Set("k"u8, "1"u8, 3, A).Set("k"u8, "2"u8, 7, B);

        Assert.True(new SessionStamp(7, B).IsIn(content));
        Assert.True(new SessionStamp(3, A).IsIn(content));
        Assert.True(new SessionStamp(2, A).IsIn(content));
        Assert.False(new SessionStamp(4, A).IsIn(content));
        Assert.False(new SessionStamp(8, B).IsIn(content));
        Assert.False(new SessionStamp(1, NodeId.FromText("cccccccc")).IsIn(content));
    }

    [Fact]
    public void Reading_a_stamp_allocates_nothing()
    {
        const string Text = "1y2p0ij32e8e7-aaaaaaaa";
        Assert.True(SessionStamp.TryParse(Text, out _));

        var before = GC.GetAllocatedBytesForCurrentThread();
        var isStamp = SessionStamp.TryParse(Text, out _);

        Assert.Equal((true, 0L), (isStamp, GC.GetAllocatedBytesForCurrentThread() - before));
    }
}
