using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace HybridSession.Resilience.Faults.Proxy;

/// <summary>
/// A TCP proxy on 127.0.0.1 between Npgsql and a server. <see cref="Mode"/> says what the network is like; <see cref="CutAsync"/> waits for a stage of a flush and
/// cuts there; <see cref="ResetAll"/> cuts now. Thread-safe.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly NpgsqlConnectionStringBuilder _target;
    private readonly Lock _lock = new();
    private readonly HashSet<ProxyConnection> _connections = [];
    private readonly CancellationTokenSource _ended = new();
    private TcpListener? _listener;
    private ProxyMode _mode = ProxyMode.Pass;
    private TaskCompletionSource _modeChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ArmedCut? _armed;

    private FaultProxy(string connectionString)
    {
        _target = new NpgsqlConnectionStringBuilder(connectionString);
        _listener = Listen(0);
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
    }

    public int Port { get; }

    /// <summary>Connections that are open through this proxy.</summary>
    public int Connections
    {
        get
        {
            lock (_lock) return _connections.Count;
        }
    }

    /// <summary>What the network is like from now on, for all connections.</summary>
    public ProxyMode Mode
    {
        get
        {
            lock (_lock) return _mode;
        }

        set
        {
            lock (_lock)
            {
                var before = _mode;
                _mode = value;
                // TCP gives up what was dead all the time.
                if (before is ProxyMode.HalfOpen) Reset(c => c.IsDead);
                if (value is ProxyMode.HalfOpen) foreach (var connection in _connections) connection.IsDead = true;
                if (value is ProxyMode.Refuse) StopListening();
                else _listener ??= Listen(Port);
                _modeChanged.SetResult();
                _modeChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <param name="connectionString">Leads to the server.</param>
    public static FaultProxy Start(string connectionString) => new(connectionString);

    /// <summary>The same connection string by way of this proxy.</summary>
    public string Through(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = Port }.ConnectionString;

    /// <summary>Ends all connections at once by a TCP reset, in both directions.</summary>
    /// <returns>How many there were.</returns>
    public int ResetAll()
    {
        lock (_lock) return Reset(_ => true);
    }

    /// <summary>Cuts one connection at a stage.</summary>
    /// <returns>False when no connection came there in time; nothing is cut then.</returns>
    public async Task<bool> CutAsync(Cut cut, TimeSpan atMost)
    {
        var armed = new ArmedCut(cut);
        lock (_lock) _armed = armed;
        try
        {
            await armed.Done.WaitAsync(atMost);
            return true;
        }
        catch (TimeoutException)
        {
            lock (_lock)
                if (_armed == armed) _armed = null;
            // Just now, perhaps.
            return armed.Done.IsCompleted;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        lock (_lock)
        {
            StopListening();
            Reset(_ => true);
        }

        _ended.Dispose();
    }

    /// <summary>A connection comes to a stage. Not null: it is to be cut there.</summary>
    internal ArmedCut? Reaches(CutStage stage)
    {
        lock (_lock)
        {
            if (_armed is not { } armed || !armed.IsDueAt(stage)) return null;
            _armed = null;
            return armed;
        }
    }

    /// <summary>The mode, and what completes when it changes.</summary>
    internal (ProxyMode Mode, Task Changed) Look()
    {
        lock (_lock) return (_mode, _modeChanged.Task);
    }

    private TcpListener Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        _ = AcceptAsync(listener);
        return listener;
    }

    private void StopListening()
    {
        _listener?.Stop();
        _listener = null;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptSocketAsync(_ended.Token);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // It listens no more.
                return;
            }

            _ = CarryAsync(new ProxyConnection(this, client, _target.Host!, _target.Port));
        }
    }

    private async Task CarryAsync(ProxyConnection connection)
    {
        lock (_lock) _connections.Add(connection);
        using (connection) await connection.RunAsync();
        lock (_lock) _connections.Remove(connection);
    }

    private int Reset(Func<ProxyConnection, bool> which)
    {
        var hit = _connections.Where(which).ToList();
        foreach (var connection in hit) connection.Reset();
        return hit.Count;
    }
}
