namespace HybridSession.Stores;

/// <summary>What a stored payload belongs to. A stage may bind its form to it.</summary>
/// <param name="Key">Whose it is.</param>
/// <param name="Version">The stored version beside it.</param>
/// <param name="LetterBase">Of a dead letter: its base version. Null for a row.</param>
internal readonly record struct PayloadPlace(SessionKey Key, long Version, long? LetterBase)
{
    public static PayloadPlace Of(SessionKey key, StoredSession row) => new(key, row.Version, null);

    public static PayloadPlace Of(in SessionWrite write) => new(write.Key, write.Version, null);

    public static PayloadPlace Of(DeadLetter letter) => new(letter.Key, letter.Version, letter.BaseVersion);
}
