namespace HybridSession.Postgres;

/// <summary>What the start does about the table.</summary>
public enum SchemaMode
{
    /// <summary>Creates and migrates what is missing, under a lock, so that nodes may start together.</summary>
    Create,

    /// <summary>Changes nothing: compares, and refuses to start with the script to run when something is missing.</summary>
    Validate,
}
