using System.Security.Cryptography;

namespace HybridSession.Postgres.Tests;

/// <summary>Makes writes for tests.</summary>
internal static class Sessions
{
    public static SessionKey NewKey() => new(RandomNumberGenerator.GetBytes(SessionKey.ByteLength));

    public static SessionWrite Birth(int size = 200, TimeSpan? expiresIn = null) =>
        new(NewKey(), RandomNumberGenerator.GetBytes(size), 1, 0, expiresIn ?? TimeSpan.FromHours(1));

    public static SessionWrite[] Births(int count, int size = 200, TimeSpan? expiresIn = null) => [.. Enumerable.Range(0, count).Select(_ => Birth(size, expiresIn))];

    public static SessionWrite Next(SessionWrite write, int size = 200) =>
        write with { Payload = RandomNumberGenerator.GetBytes(size), BaseVersion = write.Version, Version = write.Version + 1 };
}
