using HybridSession.Consistency;

namespace HybridSession;

/// <summary>The settings of the engine. Read once at start; a wrong value stops the start, all of them in one message.</summary>
public class SessionEngineOptions
{
    /// <summary>The longest pause between two requests of one session before it expires.</summary>
    /// <value>Default 20 minutes. Between 1 second and 365 days.</value>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>The longest life of a session, however busy it is; null for no limit.</summary>
    /// <value>Default 12 hours. At least <see cref="IdleTimeout"/>.</value>
    public TimeSpan? AbsoluteLifetime { get; set; } = TimeSpan.FromHours(12);

    /// <summary>The longest that a request waits for the backing store: a load, a birth, an explicit commit, a removal.</summary>
    /// <value>Default 5 seconds. Between 10 milliseconds and 10 minutes.</value>
    public TimeSpan IOTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The promise of write-behind: how long a change may wait in memory before it is stored, while the store is healthy. This is what a crash may lose.</summary>
    /// <value>Default 200 milliseconds. Between 10 milliseconds and 1 minute.</value>
    public TimeSpan MaxDirtyAge { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The most sessions that one flush carries.</summary>
    /// <value>Default 5,000. Between 1 and 50,000.</value>
    public int FlushBatchSize { get; set; } = 5_000;

    /// <summary>How many flushers write at the same time, each its own part of the keys.</summary>
    /// <value>Default 2. Between 1 and 16.</value>
    public int Flushers { get; set; } = 2;

    /// <summary>The most memory for sessions that are stored and stay in memory to be found again.</summary>
    /// <value>Default 256 MiB. At least 1 MiB.</value>
    public long MaxHotBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>The most memory for changed sessions that wait to be stored. When it is reached, requests that change a session wait up to <see cref="IOTimeout"/> and then fail.</summary>
    /// <value>Default 256 MiB. At least 1 MiB.</value>
    public long MaxDirtyBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>
    /// The most memory for sessions whose data the store refuses. When it is reached, the oldest whose content is in the store's quarantine is let go; where there is none,
    /// the oldest is, and is reported lost.
    /// </summary>
    /// <value>Default 16 MiB. At least 1 MiB.</value>
    public long MaxQuarantineBytes { get; set; } = 16L * 1024 * 1024;

    /// <summary>The largest payload of one session, in bytes. A change beyond it is refused and the session stays as it was.</summary>
    /// <value>Default 1 MiB. Between 1 KiB and 64 MiB.</value>
    public int MaxPayloadBytes { get; set; } = 1024 * 1024;

    /// <summary>The most keys of one session. A change beyond it is refused and the session stays as it was.</summary>
    /// <value>Default 1,000. Between 1 and 65,535.</value>
    public int MaxKeys { get; set; } = 1_000;

    /// <summary>The most values that live with one session in memory only (<see cref="TransientValues"/>). One more is refused. Their memory is not part of <see cref="MaxHotBytes"/>.</summary>
    /// <value>Default 100. Between 0 and 10,000.</value>
    public int MaxTransientKeys { get; set; } = 100;

    /// <summary>How long a change waits for the store before the request goes on.</summary>
    /// <value>Default <see cref="Durability.WriteBehind"/>.</value>
    public Durability Durability { get; set; } = Durability.WriteBehind;

    /// <summary>What a request meets when its session cannot be loaded or created because the store is away.</summary>
    /// <value>Default <see cref="UnavailableBehavior.Degrade"/>, as the stock middleware.</value>
    public UnavailableBehavior OnUnavailable { get; set; } = UnavailableBehavior.Degrade;

    /// <summary>The pause between two searches for expired rows in the store.</summary>
    /// <value>Default 5 minutes. Between 1 second and 1 day.</value>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The store to use, by name, when configuration decides; null for the one that was registered last.</summary>
    /// <value>Default null. <c>memory</c>, or a name that a registered store answers to.</value>
    public string? Provider { get; set; }

    /// <summary>How the calls to the store are repeated and given up.</summary>
    public ResilienceOptions Resilience { get; } = new();

    /// <summary>How the nodes of a site work together.</summary>
    public ClusterOptions Cluster { get; } = new();

    /// <summary>How requests of one session wait for each other where an endpoint wants them in turn.</summary>
    public ExclusiveOptions Exclusive { get; } = new();

    /// <summary>How sessions belong to users.</summary>
    public UserOptions Users { get; } = new();

    /// <summary>How sessions are compressed on their way into the store.</summary>
    public CompressionOptions Compression { get; } = new();

    /// <summary>For tests of the protocol.</summary>
    internal ProtocolRules Rules { get; } = new();
}

/// <summary>How far a change has come before its request goes on; each level is stricter than the one before.</summary>
public enum Durability
{
    /// <summary>Visible to every request of this node; stored within <see cref="SessionEngineOptions.MaxDirtyAge"/>.</summary>
    WriteBehind,

    /// <summary>Committed in the backing store.</summary>
    Durable,
}

/// <summary>What a request meets when the store cannot be asked.</summary>
public enum UnavailableBehavior
{
    /// <summary>The request runs with a session that is not available: no keys, changes are ignored, the client keeps its cookie.</summary>
    Degrade,

    /// <summary>The request is answered with 503 and <c>Retry-After</c>.</summary>
    Fail503,
}
