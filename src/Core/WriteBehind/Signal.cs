using System.Threading.Channels;

namespace HybridSession.WriteBehind;

/// <summary>Wakes one waiting loop. Setting it twice before the loop looks counts once.</summary>
internal sealed class Signal
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => _channel.Writer.TryWrite(true);

    /// <summary>Returns when the signal is set, at the latest after <paramref name="atMost"/>.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        if (_channel.Reader.TryRead(out _)) return;
        using var timerEnd = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var signalled = _channel.Reader.WaitToReadAsync(timerEnd.Token).AsTask();
        var elapsed = Task.Delay(atMost, time, timerEnd.Token);
        await Task.WhenAny(signalled, elapsed).ConfigureAwait(false);
        await timerEnd.CancelAsync().ConfigureAwait(false);
        _channel.Reader.TryRead(out _);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
