namespace HybridSession;

/// <summary>A session as the backing store holds it.</summary>
/// <param name="Payload">The packed bytes, as they were flushed; empty when the row is at the version that the reader knows. Not to be changed.</param>
/// <param name="Version">The stored version: rises with every write, and names one content.</param>
/// <param name="ExpiresIn">Time left by the store's clock; zero or less when expired.</param>
/// <param name="Age">Time since the session was created, by the store's clock.</param>
public sealed record StoredSession(byte[] Payload, long Version, TimeSpan ExpiresIn, TimeSpan Age);
