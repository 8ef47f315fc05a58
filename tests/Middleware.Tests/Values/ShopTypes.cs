using System.Text.Json;
using System.Text.Json.Serialization;

namespace HybridSession.Middleware.Tests.Values;

internal sealed record Cart(string Owner, List<CartLine> Lines);

internal sealed record CartLine(string Product, int Count, decimal Price);

/// <summary>Known to no context that the tests register.</summary>
internal sealed record Stranger(string Name);

[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(Cart))]
internal sealed partial class ShopJson : JsonSerializerContext;

/// <summary>A type whose converter does something on its way.</summary>
[JsonConverter(typeof(OddConverter))]
internal sealed record Odd(Action? OnWrite);

[JsonSerializable(typeof(Odd))]
internal sealed partial class OddJson : JsonSerializerContext;

internal sealed class OddConverter : JsonConverter<Odd>
{
    public override Odd Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        reader.Skip();
        return new Odd(OnWrite: null);
    }

    public override void Write(Utf8JsonWriter writer, Odd value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        value.OnWrite?.Invoke();
        writer.WriteEndArray();
    }
}
