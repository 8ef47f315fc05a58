using HybridSession.Diagnostics;
using Microsoft.Extensions.Logging;

namespace HybridSession.Doctor;

/// <summary>Starts the engine, has everything examined, and says what was found: in the log, and in the exception when the start is refused.</summary>
internal sealed class ExaminedStart(SessionEngine engine, SessionDoctor doctor, ILogger<SessionDoctor> logger)
{
    /// <exception cref="BackingStoreException">The store is not usable.</exception>
    /// <exception cref="InvalidOperationException">Something else is wrong.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await engine.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (BackingStoreException failure)
        {
            var found = await doctor.ExamineAsync(cancellationToken).ConfigureAwait(false);
            // The probe may have come a moment later, when the store could be used again.
            if (found.Status != ProbeStatus.Failed) found = new DoctorReport([ProbeFinding.Failed("store", failure.Message, null), .. found.Findings]);
            Log.Doctor(logger, LogLevel.Error, found);
            throw new BackingStoreException(Explain(failure.Message, found), failure.Failure, failure.OutcomeUnknown, failure.InnerException);
        }

        var report = await doctor.ExamineAsync(cancellationToken).ConfigureAwait(false);
        var level = LevelOf(report.Status);
        Log.Doctor(logger, level, report);
        if (report.Findings.FirstOrDefault(static f => f.Status == ProbeStatus.Failed) is { } first)
            throw new InvalidOperationException(Explain($"{first.Observation} {first.Advice}".TrimEnd(), report));
    }

    private static string Explain(string first, DoctorReport report) => $"{first}{Environment.NewLine}{Environment.NewLine}{report}";

    private static LogLevel LevelOf(ProbeStatus status) => status switch
    {
        ProbeStatus.Good => LogLevel.Information,
        ProbeStatus.Warning => LogLevel.Warning,
        _ => LogLevel.Error,
    };
}
