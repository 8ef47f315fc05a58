namespace HybridSession.Middleware.Tests.Hosting;

internal static class QuarantineExtensions
{
    private const int MaxAttempts = 10_000;

    /// <summary>Replays as soon as there is something to: a request hears of the refusal before its letter is written.</summary>
    public static async Task<ReplayResult> ReplayWhenWrittenAsync(this ISessionQuarantine quarantine)
    {
        var nothing = new ReplayResult(0, 0, 0, 0);
        var result = nothing;
        for (var i = 0; i < MaxAttempts && result == nothing; i++)
        {
            await Task.Yield();
            result = await quarantine.ReplayAsync();
        }
        return result;
    }
}
