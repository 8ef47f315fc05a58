using System.Threading.Channels;

namespace HybridSession.Postgres.Tests.Peers;

/// <summary>A clock that tells which pauses were asked for, and lets each pass at once unless it is longer than some seconds.</summary>
internal sealed class PauseRecorder : TimeProvider
{
    private static readonly TimeSpan LongestReal = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<TimeSpan> _pauses = Channel.CreateUnbounded<TimeSpan>();

    public async Task<TimeSpan> NextAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        return await _pauses.Reader.ReadAsync(limit.Token);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _pauses.Writer.TryWrite(dueTime);
        return base.CreateTimer(callback, state, dueTime > LongestReal ? dueTime : TimeSpan.Zero, period);
    }
}
