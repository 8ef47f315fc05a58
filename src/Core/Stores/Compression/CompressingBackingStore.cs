using HybridSession.Diagnostics;
using Microsoft.Extensions.Logging;

namespace HybridSession.Stores;

/// <summary>
/// Compresses large sessions on their way into the store. It is always there, since rows that are compressed must stay readable when compression is switched off; and since all rows
/// pass, it says so when some are encrypted and nobody here can open them.
/// </summary>
internal sealed class CompressingBackingStore : PayloadStage
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly CompressionOptions _options;
    private readonly int _maxLength;
    private readonly bool _isDecrypted;
    private readonly ILogger _logger;
    private readonly Throttle _damaged;
    private readonly Throttle _encrypted;

    /// <param name="inner">The store.</param>
    /// <param name="options">Whether and from which size sessions are compressed.</param>
    /// <param name="maxPayloadBytes">The largest session.</param>
    /// <param name="isDecrypted">A stage further inside opens encrypted rows, and reports those that it cannot.</param>
    /// <param name="time">Paces the reports.</param>
    /// <param name="logger">Hears them.</param>
    public CompressingBackingStore(ISessionBackingStore inner, CompressionOptions options, int maxPayloadBytes, bool isDecrypted, TimeProvider time, ILogger<CompressingBackingStore> logger) : base(inner)
    {
        (_options, _isDecrypted, _logger) = (options, isDecrypted, logger);
        // The changes of two nodes may unite to twice the largest session.
        _maxLength = 2 * maxPayloadBytes;
        _damaged = new Throttle(Pause, time);
        _encrypted = new Throttle(Pause, time);
    }

    protected override byte[] Seal(byte[] payload, in PayloadPlace place) =>
        _options.Enabled && payload.Length >= _options.Threshold && payload.Length <= _maxLength && CompressedForm.TryCompress(payload, out var stored) ? stored : CompressedForm.AsIs(payload);

    protected override byte[] Open(byte[] stored, in PayloadPlace place)
    {
        if (StoredForm.Is(StoredForm.Compressed, stored))
        {
            if (CompressedForm.TryOpen(stored, _maxLength, out var payload)) return payload;
            if (_damaged.TryPass(out var damaged)) Log.CompressedPayloadsDamaged(_logger, damaged, _maxLength);
        }
        else if (!_isDecrypted && StoredForm.Is(StoredForm.Encrypted, stored) && _encrypted.TryPass(out var encrypted))
        {
            Log.EncryptedPayloads(_logger, encrypted);
        }

        return stored;
    }
}
