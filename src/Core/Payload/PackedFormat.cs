namespace HybridSession.Payload;

/// <summary>The numbers of the payload format; <see cref="PackedSession"/> draws it.</summary>
internal static class PackedFormat
{
    /// <summary>The format that is written, and the only one that is read.</summary>
    public const byte Current = 1;

    /// <summary>The longest key in UTF-8 bytes: the limit of ASP.NET Core's own session.</summary>
    public const int MaxKeyLength = ushort.MaxValue;

    /// <summary>The tombstones that a removal leaves behind at most; the oldest beyond it become part of the floor.</summary>
    public const int MaxTombstones = 16;

    /// <summary>Kind bit: the key was removed.</summary>
    public const byte Tombstone = 1;

    /// <summary>Kind bit: the key belongs to the application, not to the session itself.</summary>
    public const byte User = 2;

    /// <summary>All kind bits of this format.</summary>
    public const byte AllKinds = Tombstone | User;

    /// <summary>Where the offset of the first entry stands.</summary>
    public const int HeaderLengthOffset = 1;

    /// <summary>Where the version stands.</summary>
    public const int VersionOffset = 2;
}
