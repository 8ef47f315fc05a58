namespace HybridSession;

/// <summary>Equality of keys that also finds a key by its first 16 bytes, as nodes name it to each other.</summary>
internal sealed class SessionKeyComparer : IEqualityComparer<SessionKey>, IAlternateEqualityComparer<UInt128, SessionKey>
{
    public static SessionKeyComparer Instance { get; } = new();

    public bool Equals(SessionKey x, SessionKey y) => x == y;

    public int GetHashCode(SessionKey obj) => obj.GetHashCode();

    public bool Equals(UInt128 alternate, SessionKey other) => other.PublicId == alternate;

    public int GetHashCode(UInt128 alternate) => ((ulong)(alternate >> 64)).GetHashCode();

    // A look-up only: half of a key makes none.
    public SessionKey Create(UInt128 alternate) => throw new NotSupportedException("A session is found by its public id, not added.");
}
