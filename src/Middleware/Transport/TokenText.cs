namespace HybridSession.Middleware;

/// <summary>
/// The text that a client sends: <c>token</c> or <c>token.stamp</c>, where a stamp is <c>version-node</c>, the version in base 36 and the node in 8 characters of a-z, 2-7.
/// </summary>
internal static class TokenText
{
    private const char StampSeparator = '.';
    private const char NodeSeparator = '-';
    private const int MaxVersionLength = 13; // long.MaxValue in base 36

    /// <summary>Cuts the token out. Looks at lengths and at the stamp only, so garbage of any size costs nothing; whether the token is one is for <see cref="SessionToken.TryParse"/>.</summary>
    public static bool TryCut(ReadOnlySpan<char> text, out ReadOnlySpan<char> token)
    {
        token = default;
        if (text.Length < SessionToken.TextLength) return false;
        if (text.Length > SessionToken.TextLength && (text[SessionToken.TextLength] != StampSeparator || !IsStamp(text[(SessionToken.TextLength + 1)..]))) return false;
        token = text[..SessionToken.TextLength];
        return true;
    }

    /// <summary>The whole text has the form it should have.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text) => TryCut(text, out var token) && SessionToken.TryParse(token, out _);

    private static bool IsStamp(ReadOnlySpan<char> stamp)
    {
        if (stamp.Length is < 2 + NodeId.Length or > MaxVersionLength + 1 + NodeId.Length) return false;
        var version = stamp[..^(NodeId.Length + 1)];
        if (stamp[version.Length] != NodeSeparator) return false;
        foreach (var c in version)
            if (!char.IsAsciiDigit(c) && c is not (>= 'a' and <= 'z')) return false;
        foreach (var c in stamp[^NodeId.Length..])
            if (c is not ((>= 'a' and <= 'z') or (>= '2' and <= '7'))) return false;
        return true;
    }
}
