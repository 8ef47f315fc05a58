namespace HybridSession.Postgres;

/// <summary>How a batch of sessions reaches the server. All ways store the same and report the same.</summary>
public enum FlushMethod
{
    /// <summary>Arrays below <see cref="PostgresSessionOptions.CopyThreshold"/> rows, COPY from there on.</summary>
    Auto,

    /// <summary>Always array parameters: one round trip a batch.</summary>
    Arrays,

    /// <summary>Always binary COPY into a staging table and one merge statement.</summary>
    Copy,
}
