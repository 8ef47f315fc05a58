using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using HybridSession.Middleware;

namespace Microsoft.AspNetCore.Http;

/// <summary>
/// Values of any type. <c>string</c>, <c>int</c>, <c>long</c>, <c>bool</c>, <c>double</c>, <c>decimal</c>, <c>Guid</c>, <c>DateTimeOffset</c> and <c>byte[]</c> are written plainly, whatever type
/// info says, <c>string</c> and <c>int</c> as <c>SetString</c> and <c>SetInt32</c> do; all others as JSON.
/// </summary>
public static class HybridSessionValueExtensions
{
    /// <summary>Reads a value. In the stock session too.</summary>
    /// <param name="session">The session.</param>
    /// <param name="key">The key.</param>
    /// <param name="typeInfo">How the type is written.</param>
    /// <returns>The value; the default of its type when there is none.</returns>
    /// <exception cref="SessionValueException">The value is of another type.</exception>
    public static T? Get<T>(this ISession session, string key, JsonTypeInfo<T> typeInfo) => TryGet(session, key, typeInfo, out var value) ? value : default;

    /// <summary>Reads a value whose type is known to <see cref="HybridSessionOptions.Json"/>, or plain.</summary>
    /// <param name="session">The session.</param>
    /// <param name="key">The key.</param>
    /// <returns>The value; the default of its type when there is none.</returns>
    /// <exception cref="SessionValueException">The value is of another type.</exception>
    /// <exception cref="InvalidOperationException">The type is not known.</exception>
    public static T? Get<T>(this IHybridSession session, string key) => TryGet<T>(session, key, out var value) ? value : default;

    /// <summary>Reads a value, if there is one. In the stock session too.</summary>
    /// <param name="session">The session.</param>
    /// <param name="key">The key.</param>
    /// <param name="typeInfo">How the type is written.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="SessionValueException">The value is of another type.</exception>
    public static bool TryGet<T>(this ISession session, string key, JsonTypeInfo<T> typeInfo, [MaybeNullWhen(false)] out T value)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return TypedValue.TryGet(session, key, typeInfo, out value);
    }

    /// <summary>Reads a value whose type is known to <see cref="HybridSessionOptions.Json"/>, or plain, if there is one.</summary>
    /// <param name="session">The session.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="SessionValueException">The value is of another type.</exception>
    /// <exception cref="InvalidOperationException">The type is not known.</exception>
    public static bool TryGet<T>(this IHybridSession session, string key, [MaybeNullWhen(false)] out T value) => TypedValue.TryGet(session, key, null, out value);

    /// <summary>Sets a value. In the stock session too.</summary>
    /// <param name="session">The session.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Not null: remove the key instead.</param>
    /// <param name="typeInfo">How the type is written.</param>
    /// <exception cref="HybridSession.SessionLimitException">The session has no room for it; nothing is changed.</exception>
    public static void Set<T>(this ISession session, string key, T value, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        TypedValue.Set(session, key, value, typeInfo);
    }

    /// <summary>Sets a value whose type is known to <see cref="HybridSessionOptions.Json"/>, or plain.</summary>
    /// <param name="session">The session.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Not null: remove the key instead.</param>
    /// <exception cref="HybridSession.SessionLimitException">The session has no room for it; nothing is changed.</exception>
    /// <exception cref="InvalidOperationException">The type is not known.</exception>
    public static void Set<T>(this IHybridSession session, string key, T value) => TypedValue.Set(session, key, value, null);

    /// <summary>Reads a value and removes it, in one step: see <see cref="IHybridSession.TryPop"/>.</summary>
    /// <param name="session">The session.</param>
    /// <param name="key">The key.</param>
    /// <param name="typeInfo">How the type is written.</param>
    /// <returns>The value; the default of its type when there is none.</returns>
    /// <exception cref="SessionValueException">The value is of another type; it is removed all the same.</exception>
    public static T? Pop<T>(this IHybridSession session, string key, JsonTypeInfo<T> typeInfo) => TryPop(session, key, typeInfo, out var value) ? value : default;

    /// <summary>Reads a value whose type is known to <see cref="HybridSessionOptions.Json"/>, or plain, and removes it, in one step: see <see cref="IHybridSession.TryPop"/>.</summary>
    /// <param name="session">The session.</param>
    /// <param name="key">The key.</param>
    /// <returns>The value; the default of its type when there is none.</returns>
    /// <exception cref="SessionValueException">The value is of another type; it is removed all the same.</exception>
    /// <exception cref="InvalidOperationException">The type is not known; nothing is removed.</exception>
    public static T? Pop<T>(this IHybridSession session, string key) => TryPop<T>(session, key, out var value) ? value : default;

    /// <summary>Reads a value, if there is one, and removes it, in one step: see <see cref="IHybridSession.TryPop"/>.</summary>
    /// <param name="session">The session.</param>
    /// <param name="key">The key.</param>
    /// <param name="typeInfo">How the type is written.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="SessionValueException">The value is of another type; it is removed all the same.</exception>
    public static bool TryPop<T>(this IHybridSession session, string key, JsonTypeInfo<T> typeInfo, [MaybeNullWhen(false)] out T value)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return TypedValue.TryPop(session, key, typeInfo, out value);
    }

    /// <summary>Reads a value whose type is known to <see cref="HybridSessionOptions.Json"/>, or plain, if there is one, and removes it, in one step: see <see cref="IHybridSession.TryPop"/>.</summary>
    /// <param name="session">The session.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="SessionValueException">The value is of another type; it is removed all the same.</exception>
    /// <exception cref="InvalidOperationException">The type is not known; nothing is removed.</exception>
    public static bool TryPop<T>(this IHybridSession session, string key, [MaybeNullWhen(false)] out T value) => TypedValue.TryPop(session, key, null, out value);
}
