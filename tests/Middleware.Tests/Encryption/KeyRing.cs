using System.Diagnostics;
using HybridSession.Core.Tests.Doubles;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Encryption;

/// <summary>A real key ring of Data Protection, in a folder of its own.</summary>
internal sealed class KeyRing : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hybridsession-keys-");
    private readonly List<ServiceProvider> _processes = [];

    /// <summary>What a process that starts now makes of the folder.</summary>
    public IServiceProvider NewProcess()
    {
        var services = new ServiceCollection();
        Use(services);
        var process = services.BuildServiceProvider();
        _processes.Add(process);
        return process;
    }

    public void Use(IServiceCollection services) => services.AddDataProtection().PersistKeysToFileSystem(_folder).SetApplicationName("shop");

    public EncryptedForm NewForm() => new(NewProcess().GetRequiredService<IDataProtectionProvider>());

    /// <summary>A new key, in use at once.</summary>
    public static void Rotate(IServiceProvider process) => process.GetRequiredService<IKeyManager>().CreateNewKey(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(90));

    /// <summary>Waits for a process to notice that its keys have changed, which it does in the background.</summary>
    public static async Task NoticedAsync(Func<bool> holds)
    {
        var started = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Waiting.Patience, "The process has not noticed that its keys have changed.");
            await Task.Yield();
        }
    }

    public void Dispose()
    {
        foreach (var process in _processes) process.Dispose();
        _folder.Delete(recursive: true);
    }
}
