using System.Globalization;

namespace HybridSession.Middleware;

/// <summary>Whether the host gives a shutdown the time that it may need. Pure.</summary>
internal static class ShutdownFindings
{
    private const string Name = "shutdown";

    public static ProbeFinding Of(TimeSpan shutdownTimeout, SessionEngineOptions options)
    {
        var attempt = options.Resilience.Flushes.AttemptTimeout;
        return shutdownTimeout < attempt
            ? ProbeFinding.Warning(Name, $"The host ends {Seconds(shutdownTimeout)} after it was told to (HostOptions.ShutdownTimeout), and one attempt to store may take {Seconds(attempt)} (Resilience:Flushes:AttemptTimeout): changes may be lost at a normal stop.", "Raise HostOptions.ShutdownTimeout, and the grace period of the container above it.")
            : ProbeFinding.Good(Name, $"The host gives {Seconds(shutdownTimeout)} to finish requests and to store what waits (HostOptions.ShutdownTimeout).");
    }

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s");
}
