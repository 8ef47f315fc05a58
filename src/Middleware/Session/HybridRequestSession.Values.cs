using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace HybridSession.Middleware;

/// <content>Values without a copy, taken out, or not stored.</content>
internal sealed partial class HybridRequestSession
{
    public JsonSerializerOptions Json => _services.Options.Json;

    public TransientValues Transient => _services.Engine.TransientOf(Live);

    /// <summary>Finds a value where it lies.</summary>
    public bool TryRead(string key, out ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(key);
        value = default;
        if (Content is not { } content) return false;
        using var utf8 = new Utf8Key(key, stackalloc byte[Utf8Key.StackLength]);
        return content.Payload.TryGet(utf8.Bytes, out value);
    }

    public bool TryPop(string key, [NotNullWhen(true)] out byte[]? value)
    {
        ArgumentNullException.ThrowIfNull(key);
        value = null;
        if (Content is null) return false;
        using var utf8 = new Utf8Key(key, stackalloc byte[Utf8Key.StackLength]);
        if (HoldsChanges) value = Hold().Pop(utf8.Bytes);
        else
        {
            _live = _services.Engine.Pop(Live, utf8.Bytes, out value);
            Note(changed: value is not null);
        }
        return value is not null;
    }
}
