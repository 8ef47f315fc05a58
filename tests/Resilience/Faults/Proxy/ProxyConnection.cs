using System.Net.Sockets;

namespace HybridSession.Resilience.Faults.Proxy;

/// <summary>One connection through the proxy: a pump each way.</summary>
internal sealed class ProxyConnection(FaultProxy proxy, Socket client, string host, int port) : IDisposable
{
    private const int BufferLength = 64 * 1024;

    private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _ended = new();
    private readonly FrontendSplitter _splitter = new();
    private readonly FlushTracker _tracker = new();
    private volatile AnswerHold? _hold;
    private bool _isNoise;

    /// <summary>Carries nothing any more; see <see cref="ProxyMode.HalfOpen"/>.</summary>
    public volatile bool IsDead;

    /// <summary>Carries until an end: of either side, or <see cref="Reset"/>.</summary>
    public async Task RunAsync()
    {
        client.NoDelay = true;
        try
        {
            if (proxy.Reaches(CutStage.Connect) is { } cut)
            {
                Reset();
                cut.Complete();
                return;
            }

            await GateAsync(0);
            await _server.ConnectAsync(host, port, _ended.Token);
            await Task.WhenAll(EndingAsync(PumpForwardAsync), EndingAsync(PumpBackAsync));
        }
        catch (Exception e) when (IsEnd(e))
        {
            Reset();
        }
        finally
        {
            _hold?.Cut.Complete();
        }
    }

    /// <summary>Ends the connection on both sides without good-bye.</summary>
    public void Reset()
    {
        Reset(client);
        Reset(_server);
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It had ended by itself.
        }
    }

    public void Dispose()
    {
        client.Dispose();
        _server.Dispose();
        _ended.Dispose();
    }

    private async Task PumpForwardAsync()
    {
        var buffer = new byte[BufferLength];
        while (await client.ReceiveAsync(buffer, _ended.Token) is var count and > 0)
        {
            _splitter.Add(buffer.AsSpan(0, count));
            using var passing = new MemoryStream();
            ArmedCut? cut = null;
            while (cut is null && _splitter.TryRead(out var message))
            {
                cut = Look(message);
                var passes = cut is null or { Stage: CutStage.CommitSent or CutStage.CommitAnswered or CutStage.CommitAnswer };
                if (passes) passing.Write(message.Bytes.Span);
            }

            if (cut is { Stage: CutStage.CommitSent or CutStage.CommitAnswered or CutStage.CommitAnswer }) _hold = new AnswerHold(cut);
            await GateAsync(passing.Length);
            await SendAsync(_server, passing.GetBuffer().AsMemory(0, (int)passing.Length));
            if (cut is null) continue;

            // The server gets its time to do what it was told; the answer ends the connection.
            if (cut.Stage == CutStage.CommitSent) Reset(client);
            if (_hold is not null) return;
            Reset();
            cut.Complete();
            return;
        }

        _server.Shutdown(SocketShutdown.Send);
    }

    private async Task PumpBackAsync()
    {
        var buffer = new byte[BufferLength];
        while (await _server.ReceiveAsync(buffer, _ended.Token) is var count and > 0)
        {
            if (_hold is { } hold)
            {
                if (!hold.Add(buffer.AsSpan(0, count))) continue;
                if (hold.Cut.Stage == CutStage.CommitAnswer) await EndInTheMiddleAsync(hold.Bytes);
                Reset();
                return;
            }

            await GateAsync(count);
            Garble(buffer.AsSpan(0, count));
            await SendAsync(client, buffer.AsMemory(0, count));
        }

        client.Shutdown(SocketShutdown.Send);
    }

    private ArmedCut? Look(in FrontendMessage message)
    {
        if (_splitter.IsOpaque) return null;
        var (stage, endsCommit) = _tracker.Next(message);
        return (stage is { } begins ? proxy.Reaches(begins) : null) ?? (endsCommit ? proxy.Reaches(CutStage.CommitSent) : null);
    }

    // A good-bye in order: a reset could overtake the bytes.
    private async Task EndInTheMiddleAsync(ReadOnlyMemory<byte> answer)
    {
        await SendAsync(client, answer[..(answer.Length / 2)]);
        client.Shutdown(SocketShutdown.Send);
        client.Close(1);
    }

    // Waits as long as the network lets nothing pass, or as it takes.
    private async Task GateAsync(long bytes)
    {
        while (true)
        {
            var (mode, changed) = proxy.Look();
            if (IsDead) await Task.Delay(Timeout.Infinite, _ended.Token);
            if (mode is ProxyMode.BlackHole)
            {
                await changed.WaitAsync(_ended.Token);
                continue;
            }

            if (mode is ProxyMode.Latency latency) await Task.Delay(latency.RoundTrip / 2 * (1 + (latency.Jitter * ((2 * Random.Shared.NextDouble()) - 1))), _ended.Token);
            if (mode is ProxyMode.Trickle trickle) await Task.WhenAny(changed, Task.Delay(TimeSpan.FromSeconds((double)bytes / trickle.BytesPerSecond), _ended.Token));
            return;
        }
    }

    private void Garble(Span<byte> bytes)
    {
        var from = 0;
        if (!_isNoise)
        {
            if (proxy.Mode is not ProxyMode.Garble garble || Random.Shared.NextDouble() >= garble.Chance) return;
            _isNoise = true;
            from = Random.Shared.Next(bytes.Length);
        }

        Random.Shared.NextBytes(bytes[from..]);
    }

    // When one direction breaks, the other is of no use.
    private async Task EndingAsync(Func<Task> pump)
    {
        try
        {
            await pump();
        }
        catch (Exception e)
        {
            Reset();
            if (!IsEnd(e)) TestContext.Current.TestOutputHelper?.WriteLine($"The proxy gave a connection up: {e}");
        }
    }

    private async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[await to.SendAsync(bytes, _ended.Token)..];
    }

    private static bool IsEnd(Exception exception) => exception is SocketException or ObjectDisposedException or OperationCanceledException;

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was closed before.
        }

        socket.Close();
    }
}
