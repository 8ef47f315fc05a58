using HybridSession.Payload;
using Xunit;

namespace HybridSession.Core.Tests.Payload;

/// <summary>The bytes of format 1 as released: rows in databases look like this. They never change; another layout is another format.</summary>
public class FormatSnapshotTests
{
    private static readonly NodeId A = NodeId.FromText("aaaaaaaa");
    private static readonly NodeId B = NodeId.FromText("b2b2b2b2");

    private static readonly Dictionary<string, Func<PackedSession>> States = new()
    {
        ["empty"] = () => PackedSession.Empty,
        ["one value"] = () => PackedSession.Empty.Set("key", "value", 1, A),
        ["empty key and value, long version"] = () => PackedSession.Empty.Set("", "", 300, A),
        ["tombstone and two nodes"] = () => PackedSession.Empty.Set("a", "1", 1, A).Set("b", "2", 2, B).Remove("a", 3, A),
        ["cleared"] = () => PackedSession.Empty.Set("a", "1", 1, A).Clear(2, B).Set("c", "3", 200, B),
        ["empty change"] = () => PackedSession.Empty.Set("a", "1", 1, A).WithTip(long.MaxValue, B),
    };

    [Theory]
    [InlineData("empty", "010F00000000000000000000000000")]
    [InlineData("one value", "010F01616161616161616100000100036B657901020576616C7565")]
    [InlineData("empty key and value, long version", "0110AC0261616161616161610000010000AC020200")]
    [InlineData("tombstone and two nodes", "01180361616161616161610001623262326232623202010101610303016202020132")]
    [InlineData("cleared", "0119C8016232623262326232020161616161616161610101000163C801020133")]
    [InlineData("empty change", "0120FFFFFFFFFFFFFFFF7F623262326232623200016161616161616161010100016101020131")]
    public void Format_1_is_written_as_released(string state, string hex) => Assert.Equal(hex, Convert.ToHexString(States[state]().Bytes));

    [Fact]
    public void Format_1_is_read_as_released()
    {
        var bytes = Convert.FromHexString("01180361616161616161610001623262326232623202010201750100036A6F6501610303016202020132");

        Assert.True(PackedSession.TryRead(bytes, out var session, out var problem), problem);
        Assert.Equal((3, A), (session.Version, session.Node));
        Assert.Equal([new EntryText("u", 1, "joe", IsUser: false), new EntryText("a", 3, null), new EntryText("b", 2, "2")], PayloadBytes.Entries(session));
    }
}
