namespace HybridSession.Postgres.Flush;

/// <summary>What became of a write whose statement stored fewer rows than it carried, told from the row as it is now. Pure.</summary>
internal static class FlushVerdict
{
    public static FlushOutcome Of(in SessionWrite write, StoredSession? row)
    {
        // Also for a birth: its row was in the way and has been removed since; a fresh token costs less than a second try.
        if (row is null) return FlushOutcome.Gone;

        // Stored by this statement, or by an earlier one whose answer was lost. The version alone proves nothing: two nodes may have counted to it.
        return row.Version == write.Version && row.Payload.AsSpan().SequenceEqual(write.Payload)
            ? FlushOutcome.Written
            : FlushOutcome.Conflict(row);
    }
}
