using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>Looks at the keys that sessions are encrypted by, where they are. That there is a key at all, the start has seen by then.</summary>
internal sealed class KeyRingProbe(IOptions<HybridSessionOptions> options, IServiceProvider services) : IStartupProbe
{
    public ValueTask<IReadOnlyList<ProbeFinding>> ExamineAsync(CancellationToken cancellationToken) =>
        new(options.Value is { Enabled: true, Encryption.Enabled: true } ? KeyRingFindings.Of(Look()) : []);

    private KeyRingFacts Look()
    {
        var hasName = HasApplicationName(services.GetRequiredService<IOptions<DataProtectionOptions>>().Value.ApplicationDiscriminator, services.GetService<IHostEnvironment>()?.ContentRootPath);
        if (services.GetRequiredService<IDataProtectionProvider>() is EphemeralDataProtectionProvider) return new KeyRingFacts(KeyPlace.Memory, "", hasName);
        return services.GetRequiredService<IOptions<KeyManagementOptions>>().Value.XmlRepository switch
        {
            FileSystemXmlRepository folder => new KeyRingFacts(KeyPlace.Folder, folder.Directory.FullName, hasName),
            { } other => new KeyRingFacts(KeyPlace.Other, other.GetType().Name, hasName),
            null when FileSystemXmlRepository.DefaultKeyStorageDirectory is { } folder => new KeyRingFacts(KeyPlace.Default, folder.FullName, hasName),
            null => new KeyRingFacts(OperatingSystem.IsWindows() ? KeyPlace.Default : KeyPlace.Memory, "the registry of this machine, or memory", hasName),
        };
    }

    // Where nobody gives a name, ASP.NET Core takes the path.
    private static bool HasApplicationName(string? discriminator, string? contentRoot) =>
        !string.IsNullOrEmpty(discriminator) && !string.Equals(Path.TrimEndingDirectorySeparator(discriminator), Path.TrimEndingDirectorySeparator(contentRoot ?? ""), StringComparison.OrdinalIgnoreCase);
}
