using System.Security.Cryptography;

namespace HybridSession;

/// <summary>A session whose data the store refused, kept aside until the cause is mended and the letter is replayed.</summary>
/// <param name="Key">Whose row the write was for.</param>
/// <param name="Payload">The packed bytes that were refused: the whole session. Not changed by anyone afterwards.</param>
/// <param name="Version">The version of <paramref name="Payload"/>.</param>
/// <param name="BaseVersion">The stored version that the refused write started from.</param>
/// <param name="ExpiresIn">Time until the session expires, by the store's clock; zero or less when it has.</param>
/// <param name="Reason">What the store said, such as <c>SQLSTATE 23514</c>. Holds no content of the session.</param>
/// <param name="Age">Time since the data was first refused.</param>
public sealed record DeadLetter(SessionKey Key, byte[] Payload, long Version, long BaseVersion, TimeSpan ExpiresIn, string Reason, TimeSpan Age)
{
    /// <summary>The name of exactly this content. Computes a hash each time.</summary>
    public DeadLetterVersion ToVersion() => new(Key, Version, Convert.ToHexStringLower(SHA256.HashData(Payload)));
}

/// <summary>Names one content of the dead letter of one session. The version alone would not: two nodes may have changed a session to different contents of one version.</summary>
/// <param name="Key">Whose letter.</param>
/// <param name="Version">Its version.</param>
/// <param name="Digest">SHA-256 of its payload, in lower-case hexadecimal digits.</param>
public readonly record struct DeadLetterVersion(SessionKey Key, long Version, string Digest);

/// <summary>One dead letter to keep.</summary>
/// <param name="Letter">What to keep. Its <see cref="DeadLetter.Age"/> goes on counting.</param>
/// <param name="Replaces">The letter that it takes the place of, older than itself; null when there should be none.</param>
public readonly record struct DeadLetterWrite(DeadLetter Letter, DeadLetterVersion? Replaces);

/// <summary>A dead letter that was not kept, because another one is in place than it was to replace.</summary>
/// <param name="Key">Whose letter.</param>
/// <param name="InPlace">The letter in the store: unite the two and put again. Null when there is none, though it was to replace one.</param>
public readonly record struct DeadLetterConflict(SessionKey Key, DeadLetter? InPlace);
