using System.Diagnostics;

namespace HybridSession.Resilience;

/// <summary>Waits for a condition that another process brings about; there is no event to wait for.</summary>
internal static class Until
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan atMost) => TrueAsync(() => Task.FromResult(condition()), what, atMost);

    /// <returns>How long it took.</returns>
    /// <exception cref="TimeoutException">The condition did not come true in time.</exception>
    public static async Task<TimeSpan> TrueAsync(Func<Task<bool>> condition, string what, TimeSpan atMost)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > atMost) throw new TimeoutException($"{what}: not within {atMost.TotalSeconds:0.#} s.");
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }

        return clock.Elapsed;
    }
}
