using Xunit;

namespace HybridSession.Middleware.Tests.Endpoints;

public class PendingChangesTests
{
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
        var changes = decided.Aggregate(PendingChanges.None, (all, level) => all | ((Durability?)level).ToPending());
        if (hasUndecided) changes |= ((Durability?)null).ToPending();

        Assert.NotEqual(PendingChanges.None, changes);
        Assert.Equal(expected, changes.Resolve(undecided));
    }
}
