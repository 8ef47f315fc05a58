namespace HybridSession.LocalPostgres;

/// <summary>How a PostgreSQL server came about.</summary>
public enum PostgresWay
{
    /// <summary>Named by the environment variable.</summary>
    Given,

    /// <summary>A private cluster from binaries of this machine.</summary>
    Binaries,

    /// <summary>A private cluster from the binaries in an npm package.</summary>
    Npm,

    /// <summary>A container.</summary>
    Docker,
}
