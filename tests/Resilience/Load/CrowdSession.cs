namespace HybridSession.Resilience.Load;

/// <summary>A logical session as its clients know it: the tokens they were given, the last one in use.</summary>
internal sealed class CrowdSession(int id)
{
    private readonly List<string> _tokens = [];

    public int Id { get; } = id;

    /// <summary>The token to send; null before the session was begun.</summary>
    public string? Token => _tokens.Count == 0 ? null : _tokens[^1];

    /// <summary>Which token that is, from 1.</summary>
    public int Generation => _tokens.Count;

    /// <summary>All tokens, first to last.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    public void Received(string token) => _tokens.Add(token);
}
