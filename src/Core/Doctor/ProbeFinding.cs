namespace HybridSession;

/// <summary>How a thing that was looked at is.</summary>
public enum ProbeStatus
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Works, but not as people expect, or not for long.</summary>
    Warning,

    /// <summary>Sessions cannot work like that; the start is refused.</summary>
    Failed,
}

/// <summary>One thing that was looked at: what is, and what to do about it. Holds no password, token, key or payload.</summary>
public sealed class ProbeFinding
{
    private ProbeFinding(string name, ProbeStatus status, string observation, string? advice)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(observation);
        (Name, Status, Observation, Advice) = (name, status, observation, advice);
    }

    /// <summary>What was looked at, in a word, such as <c>encryption</c>.</summary>
    public string Name { get; }

    /// <summary>How it is.</summary>
    public ProbeStatus Status { get; }

    /// <summary>What is, in one sentence.</summary>
    public string Observation { get; }

    /// <summary>What to do, in one sentence; null when there is nothing to do.</summary>
    public string? Advice { get; }

    /// <summary>A thing that is as it should be.</summary>
    /// <param name="name">What was looked at, in a word.</param>
    /// <param name="observation">What is, in one sentence.</param>
    public static ProbeFinding Good(string name, string observation) => new(name, ProbeStatus.Good, observation, null);

    /// <summary>A thing that works, but not as people expect, or not for long.</summary>
    /// <param name="name">What was looked at, in a word.</param>
    /// <param name="observation">What is, and what that means, in one sentence.</param>
    /// <param name="advice">What to do, in one sentence.</param>
    public static ProbeFinding Warning(string name, string observation, string advice) => new(name, ProbeStatus.Warning, observation, advice);

    /// <summary>A thing with which sessions cannot work.</summary>
    /// <param name="name">What was looked at, in a word.</param>
    /// <param name="observation">What is wrong, in one sentence.</param>
    /// <param name="advice">What to do, in one sentence; null when the observation says it.</param>
    public static ProbeFinding Failed(string name, string observation, string? advice) => new(name, ProbeStatus.Failed, observation, advice);
}
