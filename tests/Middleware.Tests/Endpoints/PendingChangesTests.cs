using Xunit;

namespace HybridSession.Middleware.Tests.Endpoints;

public class PendingChangesTests
{
    [Fact]
    public void Nothing_is_pending_at_first()
    {
        Assert.False(default(PendingChanges).Any);
    }

    // null stands for a change that no endpoint decided about
    [Theory]
    [InlineData(new[] { Durability.WriteBehind }, false, Durability.Durable, Durability.WriteBehind)]
    [InlineData(new[] { Durability.Durable }, false, Durability.WriteBehind, Durability.Durable)]
    [InlineData(new[] { Durability.WriteBehind, Durability.Durable }, false, Durability.WriteBehind, Durability.Durable)]
    [InlineData(new[] { Durability.Durable, Durability.WriteBehind }, false, Durability.WriteBehind, Durability.Durable)]
    [InlineData(new Durability[0], true, Durability.WriteBehind, Durability.WriteBehind)]
    [InlineData(new Durability[0], true, Durability.Durable, Durability.Durable)]
    [InlineData(new[] { Durability.WriteBehind }, true, Durability.Durable, Durability.Durable)]
    [InlineData(new[] { Durability.Durable }, true, Durability.WriteBehind, Durability.Durable)]
    public void The_strictest_level_wins(Durability[] decided, bool hasUndecided, Durability undecided, Durability expected)
    {
        var (changes, later) = (default(PendingChanges), default(PendingChanges));
        foreach (var level in decided) changes.Add(level);
        if (hasUndecided) later.Add(level: null);
        changes.Add(later);

        Assert.True(changes.Any);
        Assert.Equal(expected, changes.Resolve(undecided));
    }
}
