namespace HybridSession.Configuration;

/// <summary>Puts the text of one setting into the options.</summary>
/// <returns>Null, or what is wrong with the text, as the end of a sentence that begins with the setting and its value.</returns>
internal delegate string? ApplySetting<in TOptions>(TOptions options, string? text);

/// <summary>One line of an options class's table: the name in configuration and what it does. Written by hand, so that nothing needs reflection.</summary>
/// <param name="Name">The name below the section, such as <c>IdleTimeout</c> or <c>Cookie:Name</c>.</param>
/// <param name="Apply">Reads the text.</param>
internal readonly record struct Setting<TOptions>(string Name, ApplySetting<TOptions> Apply);

/// <summary>The kinds of settings.</summary>
internal static class Setting
{
    public static Setting<T> Duration<T>(string name, Action<T, TimeSpan> set) =>
        new(name, (options, text) => Read(text, SettingText.TryDuration, options, set, "a duration needs a unit, such as 00:20:00, 20m, 30s or 250ms"));

    public static Setting<T> OptionalDuration<T>(string name, Action<T, TimeSpan?> set) =>
        new(name, (options, text) =>
        {
            if (!IsNone(text)) return Read<T, TimeSpan>(text, SettingText.TryDuration, options, (o, value) => set(o, value), "write a duration such as 12:00:00 or 12h, or none for no limit");
            set(options, null);
            return null;
        });

    public static Setting<T> Size<T>(string name, Action<T, long> set) =>
        new(name, (options, text) => Read(text, SettingText.TrySize, options, set, "write a number of bytes, or a size such as 64MB or 64MiB"));

    public static Setting<T> Count<T>(string name, Action<T, int> set, string example) =>
        new(name, (options, text) => Read(text, SettingText.TryCount, options, set, $"write a whole number, such as {example}"));

    public static Setting<T> OptionalCount<T>(string name, Action<T, int?> set, string example) =>
        new(name, (options, text) =>
        {
            if (!IsNone(text)) return Read<T, int>(text, SettingText.TryCount, options, (o, value) => set(o, value), $"write a whole number, such as {example}, or none for no limit");
            set(options, null);
            return null;
        });

    public static Setting<T> Ratio<T>(string name, Action<T, double> set) =>
        new(name, (options, text) => Read(text, SettingText.TryRatio, options, set, "write a number between 0 and 1, such as 0.5"));

    public static Setting<T> Switch<T>(string name, Action<T, bool> set) =>
        new(name, (options, text) => Read(text, SettingText.TrySwitch, options, set, "write true or false"));

    public static Setting<T> Choice<T, TEnum>(string name, Action<T, TEnum> set) where TEnum : struct, Enum =>
        new(name, (options, text) => Read(text, SettingText.TryName, options, set, $"write one of {string.Join(", ", Enum.GetNames<TEnum>())}"));

    /// <summary>Text for which "none" is a value like any other; null when there is nothing.</summary>
    public static Setting<T> Text<T>(string name, Action<T, string?> set) =>
        new(name, (options, text) =>
        {
            set(options, string.IsNullOrWhiteSpace(text) ? null : text.Trim());
            return null;
        });

    public static Setting<T> OptionalText<T>(string name, Action<T, string?> set) =>
        new(name, (options, text) =>
        {
            set(options, IsNone(text) ? null : text!.Trim());
            return null;
        });

    /// <summary>True for what configuration has for "no value": null, nothing, or the word none.</summary>
    public static bool IsNone(string? text) => string.IsNullOrWhiteSpace(text) || text.Trim().Equals("none", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a text by a parser and sets what it gives.</summary>
    public static string? Read<T, TValue>(string? text, TryRead<TValue> read, T options, Action<T, TValue> set, string advice)
    {
        if (text is null || !read(text, out var value)) return advice;
        set(options, value);
        return null;
    }

    public delegate bool TryRead<TValue>(string text, out TValue value);
}
