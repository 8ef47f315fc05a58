using System.Net;
using System.Net.Sockets;

namespace HybridSession.LocalPostgres;

/// <summary>Ports that nobody listens on. Another process may take one before it is used, so callers retry.</summary>
public static class FreePort
{
    /// <summary>A TCP port of 127.0.0.1 that was free just now.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
