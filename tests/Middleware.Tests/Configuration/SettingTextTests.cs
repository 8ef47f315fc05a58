using HybridSession.Configuration;
using Xunit;

namespace HybridSession.Middleware.Tests.Configuration;

public class SettingTextTests
{
    [Theory]
    [InlineData("00:20:00", 1_200_000)]
    [InlineData("1.00:00:00", 86_400_000)]
    [InlineData("20m", 1_200_000)]
    [InlineData("20 min", 1_200_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("30S", 30_000)]
    [InlineData("250ms", 250)]
    [InlineData("2d", 172_800_000)]
    public void Durations_are_read(string text, long milliseconds)
    {
        Assert.True(SettingText.TryDuration(text, out var value));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), value);
    }

    [Theory, InlineData(""), InlineData("20"), InlineData("m"), InlineData("-5m"), InlineData("5 weeks"), InlineData("1e400s"), InlineData("1:2:3:4:5"), InlineData("99999999999999999999d")]
    public void Other_durations_are_not(string text)
    {
        Assert.False(SettingText.TryDuration(text, out _));
    }

    [Theory, InlineData("0", 0), InlineData("4096", 4096), InlineData("64KB", 65_536), InlineData("64 MiB", 67_108_864), InlineData("1gb", 1_073_741_824), InlineData("1.5MB", 1_572_864)]
    public void Sizes_are_read(string text, long bytes)
    {
        Assert.True(SettingText.TrySize(text, out var value));
        Assert.Equal(bytes, value);
    }

    [Theory, InlineData(""), InlineData("-1"), InlineData("MB"), InlineData("64MBit"), InlineData("99999999999999999999GB")]
    public void Other_sizes_are_not(string text)
    {
        Assert.False(SettingText.TrySize(text, out _));
    }

    [Theory, InlineData("IdelTimeout", "IdleTimeout"), InlineData("idletimeout", "IdleTimeout"), InlineData("MaxKey", "MaxKeys"), InlineData("Colour", null)]
    public void The_nearest_name_is_one_slip_of_the_hand_away(string name, string? nearest)
    {
        Assert.Equal(nearest, NearestName.Find(name, HybridSessionSettings.Names));
    }
}
