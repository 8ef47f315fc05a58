using System.Security.Cryptography;
using HybridSession.Diagnostics;
using Microsoft.Extensions.Logging;

namespace HybridSession.Middleware;

/// <summary>Says what is wrong with rows that were not opened: the first at once, later ones by their number, a line a minute for each cause. Thread-safe.</summary>
internal sealed class EncryptionReports(ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Throttle _noKey = new(Pause, time);
    private readonly Throttle _otherPlace = new(Pause, time);
    private readonly Throttle _plain = new(Pause, time);

    public void NoKey(CryptographicException failure)
    {
        if (_noKey.TryPass(out var count)) logger.PayloadsNotDecrypted(count, failure);
    }

    public void OtherPlace()
    {
        if (_otherPlace.TryPass(out var count)) logger.PayloadsOutOfPlace(count);
    }

    public void Plain()
    {
        if (_plain.TryPass(out var count)) logger.PlainPayloadsRefused(count);
    }
}
