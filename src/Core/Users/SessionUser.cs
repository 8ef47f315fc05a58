using System.Text;
using HybridSession.Payload;

namespace HybridSession.Users;

/// <summary>The user as an attribute of the payload: so it merges between nodes like everything else. Pure.</summary>
internal static class SessionUser
{
    private static ReadOnlySpan<byte> Key => "user"u8;

    /// <summary>Whom the session is bound to; null for nobody.</summary>
    public static string? Of(PackedSession payload) => payload.TryGetAttribute(Key, out var value) ? Encoding.UTF8.GetString(value) : null;

    /// <summary>The same session, bound to another user; an empty id for nobody.</summary>
    public static PackedSession With(PackedSession payload, ReadOnlySpan<byte> userId, long version, NodeId node) => payload.SetAttribute(Key, userId, version, node);
}
