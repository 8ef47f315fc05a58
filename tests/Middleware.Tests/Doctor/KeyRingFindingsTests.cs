using HybridSession.Middleware.Tests.Encryption;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HybridSession.Middleware.Tests.Doctor;

public class KeyRingFindingsTests
{
    [Theory]
    [InlineData(nameof(KeyPlace.Folder), "/keys", true, "Sessions are encrypted by Data Protection; its keys are in /keys. All nodes must use the same ones.")]
    [InlineData(nameof(KeyPlace.Other), "EntityFrameworkCoreXmlRepository", true, "Sessions are encrypted by Data Protection; its keys are kept by EntityFrameworkCoreXmlRepository. All nodes must use the same ones.")]
    public void Keys_in_a_place_of_their_own_and_a_name_are_good(string place, string name, bool hasName, string expected)
    {
        var finding = Assert.Single(KeyRingFindings.Of(new KeyRingFacts(Enum.Parse<KeyPlace>(place), name, hasName)));

        Assert.Equal(("keys", ProbeStatus.Good, expected), (finding.Name, finding.Status, finding.Observation));
    }

    [Theory]
    [InlineData(nameof(KeyPlace.Memory), true, "in the memory of this process only", "PersistKeysTo")]
    [InlineData(nameof(KeyPlace.Memory), false, "in the memory of this process only", "PersistKeysTo")]
    [InlineData(nameof(KeyPlace.Default), true, "where ASP.NET Core puts them by default (/home/app/.aspnet)", "PersistKeysTo")]
    [InlineData(nameof(KeyPlace.Folder), false, "told apart by the folder of the application", "SetApplicationName")]
    [InlineData(nameof(KeyPlace.Other), false, "told apart by the folder of the application", "SetApplicationName")]
    public void What_will_not_last_or_is_not_shared_is_a_warning(string place, bool hasName, string observation, string advice)
    {
        var finding = Assert.Single(KeyRingFindings.Of(new KeyRingFacts(Enum.Parse<KeyPlace>(place), "/home/app/.aspnet", hasName)));

        Assert.Equal(ProbeStatus.Warning, finding.Status);
        Assert.Contains(observation, finding.Observation, StringComparison.Ordinal);
        Assert.Contains(advice, finding.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void At_the_default_place_without_a_name_both_are_said() => Assert.Equal(2, KeyRingFindings.Of(new KeyRingFacts(KeyPlace.Default, "/home/app/.aspnet", false)).Count);

    [Fact]
    public async Task The_probe_sees_how_the_application_keeps_its_keys()
    {
        var folder = Directory.CreateTempSubdirectory("hybridsession-keys-");
        try
        {
            Assert.Equal(["memory of this process"], await LookAsync(b => b.PersistKeysToFileSystem(folder).UseEphemeralDataProtectionProvider(), "memory of this process"));
            Assert.Equal([$"keys are in {folder.FullName}"], await LookAsync(b => b.PersistKeysToFileSystem(folder).SetApplicationName("shop"), $"keys are in {folder.FullName}"));
            Assert.Equal(["told apart by the folder"], await LookAsync(b => b.PersistKeysToFileSystem(folder), "told apart by the folder"));
            Assert.Equal(["kept by Repository"], await LookAsync(b => b.SetApplicationName("shop").AddKeyManagementOptions(o => o.XmlRepository = new Repository()), "kept by Repository"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Where_nothing_is_encrypted_the_keys_are_not_looked_at()
    {
        using var ring = new KeyRing();
        await using var app = await new SessionApp
        {
            Stages = builder =>
            {
                ring.Use(builder.Services);
                builder.UsePayloadEncryption(o => o.Enabled = false);
            },
        }.StartAsync();

        Assert.DoesNotContain((await app.Provider.GetRequiredService<SessionDoctor>().ExamineAsync()).Findings, f => f.Name == "keys");
    }

    // Each observation about keys, cut down to the expected part where it has that.
    private static async Task<string[]> LookAsync(Action<IDataProtectionBuilder> configure, string expected)
    {
        await using var app = await new SessionApp
        {
            Stages = builder =>
            {
                configure(builder.Services.AddDataProtection());
                builder.UsePayloadEncryption();
            },
        }.StartAsync();
        var report = await app.Provider.GetRequiredService<SessionDoctor>().ExamineAsync();
        return [.. report.Findings.Where(f => f.Name == "keys").Select(f => f.Observation.Contains(expected, StringComparison.Ordinal) ? expected : f.Observation)];
    }

    private sealed class Repository : IXmlRepository
    {
        private readonly List<System.Xml.Linq.XElement> _elements = [];

        public IReadOnlyCollection<System.Xml.Linq.XElement> GetAllElements() => _elements;

        public void StoreElement(System.Xml.Linq.XElement element, string friendlyName) => _elements.Add(element);
    }
}
