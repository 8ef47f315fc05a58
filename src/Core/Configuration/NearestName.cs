namespace HybridSession.Configuration;

/// <summary>Finds the name that a mistyped one was probably meant to be.</summary>
internal static class NearestName
{
    // One typing error in three characters is still the same word; more is another word.
    private const int CharactersPerError = 3;
    private const int MaxLength = 64;

    /// <summary>The nearest candidate by optimal string alignment, without regard to case and to the separators of other notations; null when none is near.</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        if (name.Length > MaxLength) return null;
        string? nearest = null;
        var wanted = Normalize(name);
        var best = Math.Max(1, wanted.Length / CharactersPerError) + 1;
        foreach (var candidate in candidates)
        {
            var distance = Distance(wanted, Normalize(candidate));
            if (distance < best) (nearest, best) = (candidate, distance);
        }
        return nearest;
    }

    /// <summary>The sentence " Did you mean X?" with a leading blank, or nothing.</summary>
    public static string Hint(string name, IEnumerable<string> candidates) => Find(name, candidates) is { } nearest ? $" Did you mean {nearest}?" : "";

    /// <summary>Lower case, without the separators that different notations put between words.</summary>
    public static string Normalize(string name) => string.Concat(name.Where(c => c is not (' ' or '_' or '-'))).ToLowerInvariant();

    private static int Distance(string left, string right)
    {
        var d = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= right.Length; j++) d[0, j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var same = left[i - 1] == right[j - 1];
                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[left.Length, right.Length];
    }
}
