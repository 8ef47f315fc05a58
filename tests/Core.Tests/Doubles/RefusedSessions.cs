using HybridSession.Hot;
using HybridSession.Payload;

namespace HybridSession.Core.Tests.Doubles;

/// <summary>Sessions whose data the store refuses, and their dead letters.</summary>
internal static class RefusedSessions
{
    /// <summary>Changes a session, has the store refuse the change, and waits until its dead letter is stored.</summary>
    public static async Task RefuseAsync(this EngineHarness node, LiveSession session, string key = "a", string value = "refused")
    {
        node.RefuseAll(session);
        node.Set(session, key, value);
        Assert.Equal(0, await node.DrainAsync());
        await node.UntilAsync(() => node.Letter(session) is { } letter && letter.Version == session.Payload.Version);
    }

    /// <summary>Lets the store refuse these sessions, whatever their content.</summary>
    public static void RefuseAll(this EngineHarness node, params LiveSession[] sessions)
    {
        var keys = sessions.Select(session => session.Key).ToHashSet();
        node.Store.Refuses = write => keys.Contains(write.Key);
    }

    public static DeadLetter? Letter(this EngineHarness node, LiveSession session) => node.Letters().SingleOrDefault(letter => letter.Key == session.Key);

    public static IReadOnlyList<DeadLetter> Letters(this EngineHarness node) => node.Rows.ReadDeadLettersAsync(10_000, 0, null, default).AsTask().GetAwaiter().GetResult();

    public static string? Get(this DeadLetter letter, string key)
    {
        Assert.True(PackedSession.TryRead(letter.Payload, out var payload, out var problem), problem);
        return payload.TryGet(EngineHarness.Bytes(key), out var value) ? System.Text.Encoding.UTF8.GetString(value) : null;
    }
}
