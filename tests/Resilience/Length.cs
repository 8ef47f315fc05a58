namespace HybridSession.Resilience;

/// <summary>How thorough a run is: quick for every build, long by <c>HYBRIDSESSION_RESILIENCE=long</c>.</summary>
internal static class Length
{
    public static bool IsLong { get; } = string.Equals(Environment.GetEnvironmentVariable("HYBRIDSESSION_RESILIENCE"), "long", StringComparison.OrdinalIgnoreCase);

    public static string Name => IsLong ? "long" : "quick";

    public static T Of<T>(T quick, T @long) => IsLong ? @long : quick;

    public static TimeSpan Seconds(double quick, double @long) => TimeSpan.FromSeconds(Of(quick, @long));
}
