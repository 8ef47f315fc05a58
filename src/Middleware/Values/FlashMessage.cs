namespace HybridSession.Middleware;

/// <summary>A message for the next page: <see cref="IHybridSession.Flash"/>.</summary>
/// <param name="Level">What kind of message it is.</param>
/// <param name="Text">Plain text: encode it where it is shown.</param>
public readonly record struct FlashMessage(FlashLevel Level, string Text)
{
    /// <summary>The most messages that wait in one session: 20. Of more the oldest are dropped.</summary>
    public const int MaxCount = 20;

    /// <summary>The longest text, in UTF-16 code units: 1,000. A longer one is cut.</summary>
    public const int MaxTextLength = 1_000;

    private const char Ellipsis = '\u2026';

    internal static FlashMessage Create(FlashLevel level, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!Enum.IsDefined(level)) throw new ArgumentOutOfRangeException(nameof(level), $"{(int)level} is none of the levels {string.Join(", ", Enum.GetNames<FlashLevel>())}.");
        return new FlashMessage(level, text.Length <= MaxTextLength ? text : Cut(text));
    }

    private static string Cut(string text)
    {
        var length = MaxTextLength - 1;
        // Not through the middle of a character.
        if (char.IsHighSurrogate(text[length - 1])) length--;
        return string.Concat(text.AsSpan(0, length), [Ellipsis]);
    }
}

/// <summary>What kind of message it is. The numbers are stored.</summary>
public enum FlashLevel
{
    /// <summary>Something was done.</summary>
    Success = 0,

    /// <summary>Something is worth knowing.</summary>
    Info = 1,

    /// <summary>Something deserves attention.</summary>
    Warning = 2,

    /// <summary>Something was not done.</summary>
    Error = 3,
}
