using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace HybridSession.Middleware;

/// <summary>What it takes to turn one value into bytes; each thread keeps one for its next value.</summary>
internal sealed class ValueScratch : IDisposable
{
    [ThreadStatic]
    private static ValueScratch? _kept;

    private Utf8JsonWriter? _json;
    private JavaScriptEncoder? _encoder;
    private bool _isIndented;

    private ValueScratch()
    {
    }

    public PooledBytes Bytes { get; } = new();

    // A converter that uses a session itself finds none, and makes one of its own.
    public static ValueScratch Take()
    {
        var scratch = _kept ?? new ValueScratch();
        _kept = null;
        return scratch;
    }

    public void WriteJson<T>(T value, JsonTypeInfo<T> typeInfo)
    {
        JsonSerializer.Serialize(WriterFor(typeInfo.Options), value, typeInfo);
        _json!.Flush();
    }

    public void Dispose()
    {
        Bytes.Clear();
        _json?.Reset(Bytes);
        _kept = this;
    }

    private Utf8JsonWriter WriterFor(JsonSerializerOptions options)
    {
        if (_json is not null && ReferenceEquals(_encoder, options.Encoder) && _isIndented == options.WriteIndented) return _json;
        (_encoder, _isIndented) = (options.Encoder, options.WriteIndented);
        // Depth is checked, and each call is correct, by the serializer.
        return _json = new Utf8JsonWriter(Bytes, new JsonWriterOptions { Encoder = _encoder, Indented = _isIndented, MaxDepth = int.MaxValue, SkipValidation = true });
    }
}
