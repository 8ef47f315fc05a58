using System.Reflection;

namespace HybridSession.Resilience.Scenarios;

/// <summary>Makes a test a row of the table in <c>docs/resilience.md</c>, one for each level that its <c>InlineData</c> names.</summary>
/// <param name="id">Of the row, in lower case with hyphens.</param>
/// <param name="fault">What goes wrong.</param>
/// <param name="expected">What the product promises then.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FaultRowAttribute(string id, string fault, string expected) : Attribute
{
    public string Id { get; } = id;

    public string Fault { get; } = fault;

    public string Expected { get; } = expected;
}

/// <summary>A row of the table as the test declares it.</summary>
internal sealed record FaultRow(string Id, string Fault, string Expected, string Test, Durability Level)
{
    /// <summary>Rows that exist in this assembly.</summary>
    public static IReadOnlyList<FaultRow> All { get; } =
        [.. typeof(FaultRow).Assembly.GetTypes().SelectMany(t => t.GetMethods()).SelectMany(Of).OrderBy(r => r.Id, StringComparer.Ordinal).ThenBy(r => r.Level)];

    /// <summary>The row of the test that runs now.</summary>
    public static FaultRow Current(Durability level)
    {
        var test = (Xunit.v3.IXunitTestMethod)TestContext.Current.TestMethod!;
        return Of(test.Method).FirstOrDefault(r => r.Level == level)
            ?? throw new InvalidOperationException($"{test.MethodName} has no FaultRow attribute and InlineData for {level}.");
    }

    private static IEnumerable<FaultRow> Of(MethodInfo method)
    {
        if (method.GetCustomAttribute<FaultRowAttribute>() is not { } row) yield break;
        foreach (var data in method.GetCustomAttributes<InlineDataAttribute>())
            yield return new FaultRow(row.Id, row.Fault, row.Expected, $"{method.DeclaringType!.Name}.{method.Name}", (Durability)data.Data[0]!);
    }
}
