namespace HybridSession.Postgres.Flush;

/// <summary>Neighbouring rows of a <see cref="FlushPlan"/> that one statement stores.</summary>
/// <param name="IsBirth">True for an insert, false for a guarded update.</param>
/// <param name="Start">The first row, by place in the plan.</param>
/// <param name="Count">The number of rows; one alone takes the statement without arrays.</param>
internal readonly record struct FlushSegment(bool IsBirth, int Start, int Count);

/// <summary>
/// The order of a batch and its division into statements. Births come first, then the other writes, both by key: every flusher of every node
/// locks rows in the same order, so no two of them deadlock. That is also why a large row splits its neighbours rather than moving to the end.
/// Pure.
/// </summary>
internal sealed class FlushPlan
{
    /// <summary>Above this the time of a statement grows with its rows and nothing is gained.</summary>
    public const int MaxRows = 1_000;

    /// <summary>Arrays beyond the server's work_mem (4 MB by default) go to a temporary file there.</summary>
    public const int MaxBytes = 1024 * 1024;

    private FlushPlan(int[] order, int births) => (Order, Births) = (order, births);

    /// <summary>For each place of the plan, the place in the batch.</summary>
    public int[] Order { get; }

    /// <summary>The number of births; they take the first places.</summary>
    public int Births { get; }

    /// <exception cref="ArgumentException">A key occurs twice.</exception>
    public static FlushPlan Of(IReadOnlyList<SessionWrite> batch)
    {
        var keys = new SessionKey[batch.Count];
        var byKey = new int[batch.Count];
        var births = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = batch[i].Key;
            byKey[i] = i;
            if (batch[i].IsBirth) births++;
        }
        Array.Sort(keys, byKey);
        for (var i = 1; i < keys.Length; i++)
        {
            if (keys[i] == keys[i - 1]) throw new ArgumentException($"The session {keys[i]} occurs twice in one flush. A batch holds one write a session.", nameof(batch));
        }

        var order = new int[keys.Length];
        var (birth, other) = (0, births);
        foreach (var index in byKey) order[batch[index].IsBirth ? birth++ : other++] = index;
        return new FlushPlan(order, births);
    }

    /// <summary>The statements, in the order of the plan.</summary>
    public List<FlushSegment> Split(IReadOnlyList<SessionWrite> batch, int largeRowBytes)
    {
        var segments = new List<FlushSegment>();
        var (start, bytes) = (0, 0L);
        for (var place = 0; place <= Order.Length; place++)
        {
            var size = place < Order.Length ? batch[Order[place]].Payload.Length : 0;
            var isFull = place == Order.Length || place == Births || place - start == MaxRows || bytes + size > MaxBytes || size > largeRowBytes;
            if (isFull && place > start) Close(place);
            if (size > largeRowBytes)
            {
                start = place;
                Close(place + 1);
            }
            else
            {
                bytes += size;
            }
        }
        return segments;

        void Close(int end)
        {
            segments.Add(new FlushSegment(start < Births, start, end - start));
            (start, bytes) = (end, 0);
        }
    }
}
