using System.Globalization;

namespace HybridSession.Core.Tests.Stores;

/// <summary>Repeats a test with random choices. A failure names its seed; with <c>HYBRIDSESSION_SEED</c> set to it, that one run is repeated.</summary>
internal static class Seeded
{
    public static Task Run(int runs, Action<Random> test) => RunAsync(runs, random =>
    {
        test(random);
        return Task.CompletedTask;
    });

    public static async Task RunAsync(int runs, Func<Random, Task> test)
    {
        var replay = Environment.GetEnvironmentVariable("HYBRIDSESSION_SEED");
        var first = replay is null ? Random.Shared.Next() : int.Parse(replay, CultureInfo.InvariantCulture);
        for (var run = 0; run < (replay is null ? runs : 1); run++)
        {
            var seed = unchecked(first + run);
            try
            {
                await test(new Random(seed));
            }
            catch (Exception failure)
            {
                Assert.Fail($"HYBRIDSESSION_SEED={seed}: {failure}");
            }
        }
    }

    /// <summary>Bytes of a random length, some of them random, some of a few values only.</summary>
    public static byte[] Payload(Random random, int maxLength)
    {
        var payload = new byte[random.Next(maxLength + 1)];
        var values = random.Next(2) == 0 ? 256 : random.Next(1, 8);
        for (var i = 0; i < payload.Length; i++) payload[i] = (byte)random.Next(values);
        // As content of every form begins.
        if (payload.Length > 0 && random.Next(2) == 0) payload[0] = (byte)random.Next(128, 132);
        return payload;
    }
}
