namespace HybridSession;

/// <summary>
/// Examines what sessions depend on: the store, the settings, the host. Its report is logged at every start (event <c>Doctor</c>), and can be asked for
/// at any time, such as by a page for administrators. Changes nothing. Thread-safe.
/// </summary>
public sealed class SessionDoctor
{
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<IStartupProbe> _probes;
    private readonly TimeProvider _time;

    internal SessionDoctor(IEnumerable<IStartupProbe> probes, TimeProvider time) => (_probes, _time) = ([.. probes], time);

    /// <summary>Examines everything, one after another. A probe that fails or takes longer than ten seconds is a warning of its own.</summary>
    /// <param name="cancellationToken">Ends the examination.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<DoctorReport> ExamineAsync(CancellationToken cancellationToken = default)
    {
        var findings = new List<ProbeFinding>();
        foreach (var probe in _probes) findings.AddRange(await AskAsync(probe, cancellationToken).ConfigureAwait(false));
        return new DoctorReport(findings);
    }

    private async Task<IReadOnlyList<ProbeFinding>> AskAsync(IStartupProbe probe, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LongestLook, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // Some do not listen to their token.
            return await probe.ExamineAsync(either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // Not the message of a foreign exception: it may hold anything.
            var reason = limit.IsCancellationRequested ? $"took longer than {LongestLook.TotalSeconds:0} s" : $"ended with {failure.GetType().Name}";
            return [ProbeFinding.Warning("doctor", $"{probe.GetType().Name} {reason}, so what it looks at is not known.", "See whether what it looks at answers, and start again or ask again.")];
        }
    }
}
