namespace HybridSession.Updates;

/// <summary>What computes a value from the one before, and may be asked to do so again when another node changed that meanwhile.</summary>
internal abstract class SessionUpdate
{
    /// <param name="current">The value before; null when the key has none. Not to be changed.</param>
    /// <returns>The value after; null to remove the key.</returns>
    public abstract byte[]? Apply(byte[]? current);

    /// <summary>The one update that does what this and then <paramref name="next"/> do, or null when there is none.</summary>
    public virtual SessionUpdate? Join(SessionUpdate next) => null;
}

/// <summary>An update that the application wrote.</summary>
internal sealed class CustomUpdate(Func<byte[]?, byte[]?> change) : SessionUpdate
{
    public override byte[]? Apply(byte[]? current) => change(current);
}
