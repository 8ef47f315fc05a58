namespace HybridSession.WriteBehind;

/// <summary>What the store made of a part of a batch.</summary>
internal enum WriteKind
{
    /// <summary>It answered: the part is settled.</summary>
    Answered,

    /// <summary>It refuses the data of at least one session; nothing was stored.</summary>
    Refused,

    /// <summary>It failed; the part has to be tried again.</summary>
    Failed,
}

/// <param name="Kind">What the store made of it.</param>
/// <param name="Failure">Why, unless it answered.</param>
internal readonly record struct WriteResult(WriteKind Kind, BackingStoreException? Failure);

/// <summary>
/// Finds the sessions of a refused batch whose data the store refuses, and has the others stored. Halves are tried, the largest part first: so most of the
/// batch is stored before the first culprit stands alone. One culprit among n costs at most 2 log2(n) writes, k of them about k times that at most.
/// </summary>
internal static class Isolation
{
    /// <param name="batch">What the store refused as a whole.</param>
    /// <param name="refusal">How it refused.</param>
    /// <param name="write">Writes a part, and settles it when the store answers.</param>
    /// <param name="giveUp">Takes a session that was refused alone.</param>
    /// <returns>Null when all is settled; otherwise the failure that ended the search, and what is not settled.</returns>
    public static async Task<(BackingStoreException Failure, List<FlushItem> Unsettled)?> RunAsync(
        List<FlushItem> batch, BackingStoreException refusal, Func<List<FlushItem>, Task<WriteResult>> write, Action<FlushItem, BackingStoreException> giveUp)
    {
        // Every part in here holds a culprit. Parts come out in the order of their size; the refusal is null where it was only inferred.
        var suspects = new Queue<(List<FlushItem> Part, BackingStoreException? Refusal)>();
        suspects.Enqueue((batch, refusal));
        while (suspects.TryDequeue(out var suspect))
        {
            var part = suspect.Part;
            if (part.Count == 1 && suspect.Refusal is { } proof)
            {
                giveUp(part[0], proof);
                continue;
            }

            var half = (part.Count + 1) / 2;
            var left = await write(part[..half]).ConfigureAwait(false);
            if (left.Kind == WriteKind.Failed) return (left.Failure!, Unsettled(part, suspects));
            if (left.Kind == WriteKind.Refused) suspects.Enqueue((part[..half], left.Failure));
            if (half == part.Count) continue;

            // The left half is good, so the culprit is in the right one: that need not be tried as a whole.
            if (left.Kind == WriteKind.Answered)
            {
                suspects.Enqueue((part[half..], null));
                continue;
            }

            var right = await write(part[half..]).ConfigureAwait(false);
            if (right.Kind == WriteKind.Failed) return (right.Failure!, Unsettled(part[half..], suspects));
            if (right.Kind == WriteKind.Refused) suspects.Enqueue((part[half..], right.Failure));
        }

        return null;
    }

    private static List<FlushItem> Unsettled(List<FlushItem> failed, Queue<(List<FlushItem> Part, BackingStoreException? Refusal)> suspects) =>
        [.. failed.Concat(suspects.SelectMany(static suspect => suspect.Part)).OrderBy(static item => item.DirtySinceMs)];
}
