using HybridSession.Consistency;

namespace HybridSession.Middleware;

/// <summary>The text that a client sends: <c>token</c>, or <c>token.stamp</c> when several nodes share the sessions.</summary>
internal static class TokenText
{
    private const char StampSeparator = '.';

    /// <summary>Cuts the text apart. Looks at lengths and at the stamp only, so garbage of any size costs nothing; whether the token is one is for <see cref="SessionToken.TryParse"/>.</summary>
    public static bool TryCut(ReadOnlySpan<char> text, out ReadOnlySpan<char> token, out SessionStamp stamp)
    {
        token = default;
        stamp = default;
        if (text.Length < SessionToken.TextLength) return false;
        if (text.Length > SessionToken.TextLength && (text[SessionToken.TextLength] != StampSeparator || !SessionStamp.TryParse(text[(SessionToken.TextLength + 1)..], out stamp))) return false;
        token = text[..SessionToken.TextLength];
        return true;
    }

    /// <summary>The whole text has the form it should have.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text) => TryCut(text, out var token, out _) && SessionToken.TryParse(token, out _);
}
