using System.Globalization;

namespace HybridSession.Postgres.Doctor;

/// <summary>Judges what the server says about itself. Pure.</summary>
internal static class ServerFindings
{
    // Above this, people who compare two logs are led astray.
    private static readonly TimeSpan LargestSkew = TimeSpan.FromSeconds(60);

    // A flush takes some round trips, and the schedule keeps a part of the promise for them.
    private const int RoundTripsWithinPromise = 4;

    public static ProbeFinding Server(string version, string server, string database, string role, TimeSpan roundTrip, TimeSpan maxDirtyAge)
    {
        var who = string.Create(CultureInfo.InvariantCulture, $"PostgreSQL {version} at {server}, database \"{database}\", role \"{role}\"; a round trip takes {roundTrip.TotalMilliseconds:0.0} ms");
        return roundTrip * RoundTripsWithinPromise > maxDirtyAge
            ? ProbeFinding.Warning("server", string.Create(CultureInfo.InvariantCulture, $"{who}, so changes are hardly stored within MaxDirtyAge ({maxDirtyAge.TotalMilliseconds:0} ms)."), "Bring the server nearer, or raise MaxDirtyAge.")
            : ProbeFinding.Good("server", who + ".");
    }

    public static ProbeFinding Pooler(bool isPooled) => ProbeFinding.Good(
        "pooler",
        isPooled ? "A connection pooler stands before the server: statements are not prepared, and each transaction carries its settings." : "None between this node and the server.");

    public static IEnumerable<ProbeFinding> Of(ServerFacts facts, string table, int wantedConnections)
    {
        yield return Table(facts, table);
        yield return Commits(facts);
        if (!facts.Autovacuum || facts.IsNotVacuumed)
            yield return ProbeFinding.Warning("vacuum", $"Autovacuum is off {(facts.Autovacuum ? $"for {table}" : "on the server")}: every flush leaves old rows behind, and the table grows without end.", facts.Autovacuum ? $"Run: alter table {table} reset (autovacuum_enabled);" : "Set autovacuum = on, and reload the server.");
        yield return Connections(facts, wantedConnections);
        yield return Clock(facts.ClockSkew);
    }

    private static ProbeFinding Table(ServerFacts facts, string table) => facts.IsUnlogged
        ? ProbeFinding.Warning("table", $"{table} is unlogged: a crash of PostgreSQL empties it, Durable changes included, and its standbys have no copy.", $"Run: alter table {table} set logged;")
        : ProbeFinding.Good("table", $"{table} is logged: it survives a crash of PostgreSQL.");

    private static ProbeFinding Commits(ServerFacts facts)
    {
        if (!facts.Fsync)
            return ProbeFinding.Warning("commits", "fsync is off: a crash of the server's machine may destroy the whole database, Durable changes included.", "Set fsync = on, and reload the server.");
        if (!facts.FullPageWrites)
            return ProbeFinding.Warning("commits", "full_page_writes is off: a crash of the server's machine may leave torn pages, Durable changes among them.", "Set full_page_writes = on, unless the file system never tears a page.");
        return facts.SynchronousCommit == "off"
            ? ProbeFinding.Warning("commits", "synchronous_commit is off for this role: PostgreSQL answers before a commit is on disk, so its crash loses the last ones, and Durable means no more than that answer.", "Set synchronous_commit = on for the server, or run: alter role ... set synchronous_commit = on;")
            : ProbeFinding.Good("commits", $"On disk before they are answered (synchronous_commit = {facts.SynchronousCommit}).");
    }

    private static ProbeFinding Connections(ServerFacts facts, int wanted)
    {
        var free = Math.Max(0, facts.FreeConnections);
        var observation = string.Create(CultureInfo.InvariantCulture, $"{free} of {facts.MaxConnections} are free for this role; this node may open {wanted} more");
        return free < wanted
            ? ProbeFinding.Warning("connections", $"{observation}, so under load flushes and loads wait for one, or fail.", "Raise max_connections or the limit of the role or database, lower the pools of other applications, or put a pooler in between.")
            : ProbeFinding.Good("connections", observation + ".");
    }

    private static ProbeFinding Clock(TimeSpan skew)
    {
        var seconds = string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(skew.TotalSeconds):0.0} s");
        return skew.Duration() > LargestSkew
            ? ProbeFinding.Warning("clock", $"The server's clock is {seconds} {(skew > TimeSpan.Zero ? "ahead of" : "behind")} this node's: harmless for sessions, whose expiry travels as a duration, but log lines of the two do not match.", "Set both by the same time service.")
            : ProbeFinding.Good("clock", $"The server's differs from this node's by {seconds}.");
    }
}
