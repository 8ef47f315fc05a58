namespace HybridSession.Postgres;

/// <summary>Durations on their way to the server and back: whole microseconds there, seconds here.</summary>
internal static class Duration
{
    // A date before 4713 BC does not exist for PostgreSQL; expired is expired.
    private static readonly TimeSpan Least = TimeSpan.FromDays(-365 * 1000);

    public static long ToMicroseconds(TimeSpan duration) => (duration < Least ? Least : duration).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Takes the infinity of PostgreSQL too.</summary>
    public static TimeSpan FromSeconds(double seconds) => seconds switch
    {
        double.NaN => TimeSpan.Zero,
        _ when seconds >= TimeSpan.MaxValue.TotalSeconds => TimeSpan.MaxValue,
        _ when seconds <= TimeSpan.MinValue.TotalSeconds => TimeSpan.MinValue,
        _ => TimeSpan.FromSeconds(seconds),
    };
}
