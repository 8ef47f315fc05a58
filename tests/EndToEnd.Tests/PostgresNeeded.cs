using HybridSession.LocalPostgres.Cluster;
using Xunit;

namespace HybridSession.EndToEnd.Tests;

/// <summary>A developer without a server sees skipped tests; CI sees failures, since it is CI's task to have one.</summary>
internal static class PostgresNeeded
{
    public static void Binaries() => Need(BinaryFinder.OnThisMachine().Find() is not null, "PostgreSQL's server binaries are not installed (on Debian: apt-get install postgresql).");

    public static void Need(bool present, string reason)
    {
        if (present) return;
        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 } and not "false") Assert.Fail(reason);
        Assert.Skip(reason);
    }
}
