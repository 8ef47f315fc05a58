using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace HybridSession.Middleware;

/// <summary>A value as the bytes that a session keeps: plain types plainly, whatever type info is given, and all others as JSON.</summary>
internal static class TypedValue
{
    /// <summary>Sets a value; in a session of HybridSession without an array of its own.</summary>
    public static void Set<T>(ISession session, string key, T value, JsonTypeInfo<T>? typeInfo)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(key);
        // By hand: the helper takes an object.
        if (value is null) throw new ArgumentNullException(nameof(value));
        using var scratch = ValueScratch.Take();
        if (PlainFormat<T>.Instance is { } plain) plain.Write(value, scratch.Bytes);
        else scratch.WriteJson(value, typeInfo ?? TypeInfoOf<T>(session));

        if (session is HybridRequestSession own) own.Set(key, scratch.Bytes.Written);
        else session.Set(key, scratch.Bytes.Written.ToArray());
    }

    /// <summary>Finds a value; in a session of HybridSession where it lies.</summary>
    /// <exception cref="SessionValueException">The bytes are not of that type.</exception>
    public static bool TryGet<T>(ISession session, string key, JsonTypeInfo<T>? typeInfo, [MaybeNullWhen(false)] out T value)
    {
        ArgumentNullException.ThrowIfNull(session);
        value = default;
        if (session is HybridRequestSession own) return own.TryRead(key, out var bytes) && TryParse(session, bytes, typeInfo, out value);
        return session.TryGetValue(key, out var array) && TryParse(session, array, typeInfo, out value);
    }

    /// <summary>Takes a value out.</summary>
    /// <exception cref="SessionValueException">The bytes are not of that type; they are removed all the same.</exception>
    public static bool TryPop<T>(IHybridSession session, string key, JsonTypeInfo<T>? typeInfo, [MaybeNullWhen(false)] out T value)
    {
        ArgumentNullException.ThrowIfNull(session);
        // Before anything is removed.
        if (PlainFormat<T>.Instance is null) typeInfo ??= TypeInfoOf<T>(session);
        value = default;
        return session.TryPop(key, out byte[]? bytes) && TryParse(session, bytes, typeInfo, out value);
    }

    // JSON's null is no value.
    private static bool TryParse<T>(ISession session, ReadOnlySpan<byte> bytes, JsonTypeInfo<T>? typeInfo, [MaybeNullWhen(false)] out T value)
    {
        if (PlainFormat<T>.Instance is { } plain)
            return plain.TryRead(bytes, out value) ? true : throw new SessionValueException(typeof(T), bytes.Length, plain.Expected);
        try
        {
            value = JsonSerializer.Deserialize(bytes, typeInfo ?? TypeInfoOf<T>(session));
            return value is not null;
        }
        catch (JsonException failure)
        {
            // Not as the cause: its text quotes the value.
            var place = failure is { LineNumber: { } line, BytePositionInLine: { } column } ? $"the JSON does not fit at line {line + 1}, byte {column + 1}" : "the JSON does not fit";
            throw new SessionValueException(typeof(T), bytes.Length, place);
        }
    }

    private static JsonTypeInfo<T> TypeInfoOf<T>(ISession session)
    {
        var options = ((IHybridSession)session).Json;
        if (options.TypeInfoResolver is not null)
        {
            // Otherwise each call would resolve anew.
            if (!options.IsReadOnly) options.MakeReadOnly();
            if (options.TryGetTypeInfo(typeof(T), out var found)) return (JsonTypeInfo<T>)found;
        }

        throw new InvalidOperationException(
            $"No JSON type info is known for {typeof(T)}. Put [JsonSerializable(typeof(...))] for it on a JsonSerializerContext and add that by AddHybridSession(o => o.Json.TypeInfoResolverChain.Add(MyContext.Default)), or give the type info with the call.");
    }
}
