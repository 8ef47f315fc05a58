using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace HybridSession.Core.Tests.Doubles;

/// <summary>
/// Lets a fake clock go on while a test waits for other threads, and not faster than they can follow: a clock that spins ahead of them
/// would expire what they are about to do.
/// </summary>
internal sealed class PacedClock(FakeTimeProvider time)
{
    private static readonly TimeSpan LeastTimeBetweenSteps = TimeSpan.FromMilliseconds(2);

    private long _lastStep = Stopwatch.GetTimestamp();

    public void TryStep(TimeSpan step)
    {
        if (step <= TimeSpan.Zero || Stopwatch.GetElapsedTime(_lastStep) < LeastTimeBetweenSteps) return;
        time.Advance(step);
        _lastStep = Stopwatch.GetTimestamp();
    }
}
