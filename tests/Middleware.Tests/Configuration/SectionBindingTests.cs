using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace HybridSession.Middleware.Tests.Configuration;

public class SectionBindingTests
{
    [Fact]
    public void Every_kind_of_value_is_read()
    {
        var options = Read(
            ("IdleTimeout", "1.5h"), ("absolutelifetime", "none"), ("MaxDirtyAge", "250ms"), ("MaxHotBytes", "64MB"), ("MaxPayloadBytes", "65536"),
            ("Flushers", "4"), ("Durability", "durable"), ("OnUnavailable", "Fail503"), ("Provider", "memory"), ("CommitOnException", "false"),
            ("Resilience:FailureRatio", "0.25"), ("Cookie:Name", "sid"), ("Cookie:SameSite", "Strict"), ("Cookie:MaxAge", "14d"), ("Cookie:SecurePolicy", "Always"));

        Assert.Equal((TimeSpan.FromHours(1.5), null, TimeSpan.FromMilliseconds(250)), (options.IdleTimeout, options.AbsoluteLifetime, options.MaxDirtyAge));
        Assert.Equal((64L << 20, 65_536, 4, Durability.Durable), (options.MaxHotBytes, options.MaxPayloadBytes, options.Flushers, options.Durability));
        Assert.Equal((UnavailableBehavior.Fail503, "memory", false, 0.25), (options.OnUnavailable, options.Provider, options.CommitOnException, options.Resilience.FailureRatio));
        Assert.Equal(("sid", SameSiteMode.Strict, TimeSpan.FromDays(14), CookieSecurePolicy.Always), (options.Cookie.Name, options.Cookie.SameSite, options.Cookie.MaxAge, options.Cookie.SecurePolicy));
    }

    [Fact]
    public void Code_wins_over_configuration()
    {
        var section = Section(("IdleTimeout", "5m"));
        using var services = new ServiceCollection().AddHybridSession(section, o => o.IdleTimeout = TimeSpan.FromMinutes(7)).UseInMemoryStore().Services.BuildServiceProvider();

        Assert.Equal(TimeSpan.FromMinutes(7), services.GetRequiredService<IOptions<HybridSessionOptions>>().Value.IdleTimeout);
    }

    [Fact]
    public void The_engine_sees_the_same_options_object()
    {
        using var services = new ServiceCollection().AddHybridSession().UseInMemoryStore().Services.BuildServiceProvider();

        Assert.Same(services.GetRequiredService<IOptions<HybridSessionOptions>>().Value, services.GetRequiredService<IOptions<SessionEngineOptions>>().Value);
    }

    [Theory]
    [InlineData("IdelTimeout", "HybridSession:IdelTimeout is not a setting. Did you mean IdleTimeout?")]
    [InlineData("Cookie:Nmae", "HybridSession:Cookie:Nmae is not a setting. Did you mean Cookie:Name?")]
    [InlineData("ConectionString", "HybridSession:ConectionString is not a setting. Did you mean ConnectionString?")]
    [InlineData("SessionGcMaxLifeTimes", "HybridSession:SessionGcMaxLifeTimes is not a setting. Did you mean SessionGCMaxLifetime?")]
    [InlineData("Colour", "HybridSession:Colour is not a setting.")]
    public void An_unknown_key_is_refused_with_the_nearest_name(string key, string message)
    {
        Assert.Equal(message, Failure((key, "1")));
    }

    [Theory]
    [InlineData("IdleTimeout", "20", "HybridSession:IdleTimeout is \"20\": a duration needs a unit, such as 00:20:00, 20m, 30s or 250ms.")]
    [InlineData("MaxHotBytes", "many", "HybridSession:MaxHotBytes is \"many\": write a number of bytes, or a size such as 64MB or 64MiB.")]
    [InlineData("Durability", "Disk", "HybridSession:Durability is \"Disk\": write one of WriteBehind, Durable.")]
    [InlineData("Durability", "1", "HybridSession:Durability is \"1\": write one of WriteBehind, Durable.")]
    [InlineData("Flushers", "-2", "HybridSession:Flushers is \"-2\": write a whole number, such as 2.")]
    [InlineData("Cookie:HttpOnly", "maybe", "HybridSession:Cookie:HttpOnly is \"maybe\": write true or false.")]
    public void A_value_that_cannot_be_read_is_named_with_an_example(string key, string value, string message)
    {
        Assert.Equal(message, Failure((key, value)));
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var message = Failure(("IdelTimeout", "5m"), ("Flushers", "99"), ("MaxKeys", "x"), ("Cookie:SameSite", "None"), ("Cookie:Name", "a b"), ("Provider", "oracle"), ("ConnectionString", "Host=db"));

        string[] expected = ["1. HybridSession:", "IdelTimeout", "Flushers (99) must be between 1 and 16", "MaxKeys is \"x\"", "Cookie:Name (\"a b\")", "Provider \"oracle\"", "HybridSession:ConnectionString: read by the package HybridSession.Postgres", "6. "];
        Assert.All(expected, e => Assert.Contains(e, message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_host_does_not_start_with_a_wrong_setting()
    {
        await using var app = new SessionApp { Section = Section(("IdelTimeout", "5m")) };

        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync());

        Assert.Contains("Did you mean IdleTimeout?", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cross_rules_are_checked()
    {
        var message = Failure(
            ("IdleTimeout", "13h"), ("MaxPayloadBytes", "2MB"), ("MaxHotBytes", "1MB"), ("MaxDirtyBytes", "1MB"), ("Cookie:Name", "__Host-sid"), ("Cookie:Domain", "example.com"), ("Cookie:SameSite", "None"), ("Cookie:Partitioned", "true"));

        string[] expected = ["AbsoluteLifetime (12:00:00) must be at least IdleTimeout (13:00:00)", "MaxPayloadBytes (2097152) must not exceed MaxHotBytes", "MaxPayloadBytes (2097152) must not exceed MaxDirtyBytes", "begins with __Host-", "Cookie:SameSite is None", "Cookie:Partitioned is true"];
        Assert.All(expected, e => Assert.Contains(e, message, StringComparison.Ordinal));
    }

    [Theory, InlineData("true", new[] { "Partitioned" }), InlineData("false", new string[0])]
    public void A_partitioned_cookie_is_a_setting(string value, string[] extensions) =>
        Assert.Equal(extensions, Read(("Cookie:Partitioned", value), ("Cookie:SecurePolicy", "Always")).Cookie.Extensions);

    public static HybridSessionOptions Read(params (string Key, string? Value)[] settings)
    {
        using var services = Provider(settings);
        return services.GetRequiredService<IOptions<HybridSessionOptions>>().Value;
    }

    /// <summary>The message, without the opening that all have.</summary>
    public static string Failure(params (string Key, string? Value)[] settings)
    {
        var message = Assert.Throws<OptionsValidationException>(() => Read(settings)).Message;
        Assert.StartsWith(HybridSessionOptionsValidator.Opening, message);
        return message[HybridSessionOptionsValidator.Opening.Length..];
    }

    public static IConfigurationSection Section(params (string Key, string? Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"HybridSession:{s.Key}", s.Value)))
        .Build().GetSection("HybridSession");

    private static ServiceProvider Provider((string, string?)[] settings) => new ServiceCollection().AddHybridSession(Section(settings)).UseInMemoryStore().Services.BuildServiceProvider();
}
