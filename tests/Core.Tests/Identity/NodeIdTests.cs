using Xunit;

namespace HybridSession.Core.Tests.Identity;

public class NodeIdTests
{
    [Fact]
    public void A_new_node_has_8_characters_that_read_back()
    {
        var node = NodeId.Create();

        Assert.Matches("^[a-z2-7]{8}$", node.ToString());
        Assert.Equal(node, NodeId.FromText(node.ToString()));
        Assert.NotEqual(node, NodeId.Create());
    }

    [Fact]
    public void The_value_is_the_characters_as_one_big_endian_number() => Assert.Equal(0x6162_6364_6566_6732ul, NodeId.FromText("abcdefg2").Value);

    [Fact]
    public void The_order_of_nodes_is_the_order_of_their_text()
    {
        string[] names = ["22222222", "2222222a", "aaaaaaaa", "aaaaaaab", "baaaaaaa", "zzzzzzzz"];

        Assert.Equal(names, names.Reverse().Select(NodeId.FromText).Order().Select(n => n.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("aaaaaaa")]
    [InlineData("aaaaaaaaa")]
    [InlineData("AAAAAAAA")]
    [InlineData("aaaaaaa1")]
    [InlineData("aaaa-aaa")]
    [InlineData("aaaaaaa\u00e9")]
    public void Any_other_text_is_refused(string text) => Assert.Throws<ArgumentException>(nameof(text), () => NodeId.FromText(text));
}
