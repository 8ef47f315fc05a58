using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace HybridSession.Middleware.Tests.Configuration;

public class StoredFormSettingsTests
{
    [Fact]
    public void The_calls_switch_on_and_change_the_settings()
    {
        var options = Read([], b => b.UsePayloadCompression(o => o.Threshold = 4_096).UsePayloadEncryption(o => o.AcceptPlain = false));

        Assert.Equal((true, 4_096), (options.Compression.Enabled, options.Compression.Threshold));
        Assert.Equal((true, false), (options.Encryption.Enabled, options.Encryption.AcceptPlain));
    }

    [Fact]
    public void Without_the_calls_both_are_off() => Assert.Equal((false, false), (Read([], _ => { }).Compression.Enabled, Read([], _ => { }).Encryption.Enabled));

    [Fact]
    public void The_configuration_may_switch_off_what_the_calls_switch_on_and_code_has_the_last_word()
    {
        (string, string?)[] off = [("Compression:Enabled", "false"), ("Encryption:Enabled", "off"), ("Compression:Threshold", "2KB")];

        var options = Read(off, b => b.UsePayloadCompression().UsePayloadEncryption());
        var insisting = Read(off, b => b.UsePayloadCompression(o => o.Enabled = true).UsePayloadEncryption(o => o.Enabled = true));

        Assert.Equal((false, false, 2_048), (options.Compression.Enabled, options.Encryption.Enabled, options.Compression.Threshold));
        Assert.Equal((true, true), (insisting.Compression.Enabled, insisting.Encryption.Enabled));
    }

    [Fact]
    public void Compression_needs_no_call() => Assert.True(Read([("Compression:Enabled", "true")], _ => { }).Compression.Enabled);

    [Theory]
    [InlineData("Encryption:Enabled", "true", "Encryption:Enabled is true, but nothing here encrypts")]
    [InlineData("Encryption:AcceptPlain", "false", "Encryption:AcceptPlain is false, but sessions are stored without encryption")]
    [InlineData("Compression:Threshold", "10", "Compression:Threshold (10) must be between 64 and 67108864.")]
    [InlineData("Compression:Treshold", "1KB", "HybridSession:Compression:Treshold is not a setting. Did you mean Compression:Threshold?")]
    [InlineData("Encryption:AcceptPlane", "true", "HybridSession:Encryption:AcceptPlane is not a setting. Did you mean Encryption:AcceptPlain?")]
    public void What_cannot_work_stops_the_start(string key, string value, string message) =>
        Assert.StartsWith(message, SectionBindingTests.Failure((key, value)), StringComparison.Ordinal);

    private static HybridSessionOptions Read((string, string?)[] settings, Action<IHybridSessionBuilder> configure)
    {
        var builder = new ServiceCollection().AddHybridSession(SectionBindingTests.Section(settings)).UseInMemoryStore();
        configure(builder);
        using var services = builder.Services.BuildServiceProvider();
        return services.GetRequiredService<IOptions<HybridSessionOptions>>().Value;
    }
}
