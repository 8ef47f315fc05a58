namespace HybridSession.Resilience.Faults;

/// <summary>Does something again and again while it lasts. That it happened at all is checked.</summary>
internal abstract class RepeatedFault : IFault
{
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private int _times;

    /// <summary>How often it has happened.</summary>
    public int Times => _times;

    public Task StartAsync()
    {
        _stop = new CancellationTokenSource();
        _running = Task.Run(() => RepeatAsync(_stop.Token));
        return Task.CompletedTask;
    }

    public async Task HealAsync()
    {
        await StopAsync();
        Assert.True(Times > 0, $"{GetType().Name} did not happen.");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    /// <summary>Does it until the end.</summary>
    protected abstract Task RepeatAsync(CancellationToken stop);

    /// <summary>It has happened.</summary>
    protected void Count() => Interlocked.Increment(ref _times);

    /// <summary>Waits; false when this is the end.</summary>
    protected static async Task<bool> PauseAsync(TimeSpan time, CancellationToken stop)
    {
        await Task.Delay(time, stop).ContinueWith(static _ => { }, TaskScheduler.Default);
        return !stop.IsCancellationRequested;
    }

    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _running = Task.CompletedTask;
    }
}
