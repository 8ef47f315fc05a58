namespace HybridSession.Stores;

/// <summary>
/// The first byte of what a store holds tells its form, so that stages may come and go while rows of every form are in the table. Numbers below 128 are formats of the packed
/// session (<see cref="Payload.PackedFormat"/>), the others belong to stages. A number is never used for anything else.
/// </summary>
/// <remarks>
/// <code>
/// | First byte | Form       | What follows                                                              | Opened by                                  |
/// |------------|------------|---------------------------------------------------------------------------|--------------------------------------------|
/// | 1          | packed     | the session                                                               | the engine                                 |
/// | 129        | compressed | see CompressedForm                                                        | every node                                 |
/// | 130        | encrypted  | what Data Protection made of a header and a packed or compressed session  | nodes with payload encryption and the keys |
/// </code>
/// </remarks>
internal static class StoredForm
{
    /// <summary>Compressed.</summary>
    public const byte Compressed = 129;

    /// <summary>Encrypted.</summary>
    public const byte Encrypted = 130;

    /// <summary>In place of content that must not be served: an encrypted form of which nothing is left. No reader takes it, and nobody stores it.</summary>
    public static readonly byte[] Withheld = [Encrypted];

    /// <summary>True when the bytes begin as that form does.</summary>
    public static bool Is(byte form, byte[] stored) => stored.Length > 0 && stored[0] == form;
}
