namespace HybridSession;

/// <summary>
/// Looks at something that sessions depend on. The <see cref="SessionDoctor"/> asks every registered one at start, once the store is ready, and whenever it is asked itself:
/// <c>services.AddSingleton&lt;IStartupProbe, MyProbe&gt;()</c>.
/// </summary>
/// <remarks>It changes nothing, and what it says is read by people: no password, token, key or payload.</remarks>
public interface IStartupProbe
{
    /// <summary>Looks.</summary>
    /// <param name="cancellationToken">Ends the look; it is given ten seconds.</param>
    /// <returns>What was found, in the order in which it is to be read; a failed one stops the start. An exception becomes a warning.</returns>
    ValueTask<IReadOnlyList<ProbeFinding>> ExamineAsync(CancellationToken cancellationToken);
}
