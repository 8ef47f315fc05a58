using System.Globalization;

namespace HybridSession.Middleware;

/// <summary>Whether the host gives a shutdown the time that it may need. Pure.</summary>
internal static class ShutdownFindings
{
    private const string Name = "shutdown";

    public static ProbeFinding Of(TimeSpan shutdownTimeout, HybridSessionOptions options)
    {
        var attempt = options.Resilience.Flushes.AttemptTimeout;
        var drain = options.DrainDelay > TimeSpan.Zero ? $", of which {Seconds(options.DrainDelay)} are for load balancers (DrainDelay)" : "";
        var observation = $"The host gives {Seconds(shutdownTimeout)} to stop (HostOptions.ShutdownTimeout){drain}";
        return shutdownTimeout - options.DrainDelay < attempt
            ? ProbeFinding.Warning(Name, $"{observation}, and one attempt to store may take {Seconds(attempt)} (Resilience:Flushes:AttemptTimeout): changes may be lost at a normal stop.", $"Raise HostOptions.ShutdownTimeout{(drain.Length > 0 ? ", or lower DrainDelay" : "")}; the grace period of the container must be longer still.")
            : ProbeFinding.Good(Name, $"{observation}.");
    }

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s");
}
