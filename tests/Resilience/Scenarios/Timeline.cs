using System.Diagnostics;

namespace HybridSession.Resilience.Scenarios;

/// <summary>Says in the output of the test what happened when. The clock time leads into the logs.</summary>
internal sealed class Timeline
{
    private readonly long _start = Stopwatch.GetTimestamp();

    public void Note(string what) =>
        TestContext.Current.TestOutputHelper?.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} (+{Stopwatch.GetElapsedTime(_start).TotalSeconds:0.00} s) {what}");
}
