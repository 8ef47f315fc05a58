namespace HybridSession.Postgres.Configuration;

/// <summary>Finds what was meant by a name that does not exist.</summary>
internal static class NearestName
{
    /// <summary>The candidate with the smallest edit distance; null when none is near enough to be a slip of the hand.</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        string? best = null;
        var least = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var distance = Distance(Normalize(name), Normalize(candidate));
            if (distance < least) (best, least) = (candidate, distance);
        }
        return best is not null && least <= Math.Max(2, best.Length / 3) ? best : null;
    }

    /// <summary>Lower case, without the separators that different notations put between words.</summary>
    public static string Normalize(string name) =>
        string.Concat(name.Where(c => c is not (' ' or '_' or '-'))).ToLowerInvariant();

    /// <summary>Levenshtein: insertions, deletions and replacements.</summary>
    internal static int Distance(string left, string right)
    {
        var previous = Enumerable.Range(0, right.Length + 1).ToArray();
        var current = new int[right.Length + 1];
        for (var i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, Math.Min(previous[j], current[j - 1]) + 1);
            }
            (previous, current) = (current, previous);
        }
        return previous[right.Length];
    }
}
