using System.Buffers;
using System.Text;
using CsCheck;

namespace HybridSession.Middleware.Tests.Values;

public class PlainFormatTests
{
    // A failure prints the seed.
    [Fact]
    public void Every_value_of_a_plain_type_reads_back()
    {
        Holds(Gen.Int);
        Holds(Gen.Long);
        Holds(Gen.Bool);
        Holds(Gen.Double);
        Holds(Gen.Decimal);
        Holds(Gen.Guid);
        Holds(Gen.Byte.Array);
        Holds(Gen.String.Select(static text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))));
        Gen.Select(Gen.Long[DateTimeOffset.MinValue.AddDays(1).Ticks, DateTimeOffset.MaxValue.AddDays(-1).Ticks], Gen.Int[-840, 840])
            .Select(static (ticks, minutes) => new DateTimeOffset(ticks, TimeSpan.FromMinutes(minutes)))
            .Sample(moment => Assert.True(moment.EqualsExact(Read<DateTimeOffset>(Write(moment)))));
        Holds(Gen.Int.Nullable().Where(static value => value is not null));
    }

    // Whatever was written by somebody else is refused, or means exactly one value.
    [Fact]
    public void Any_bytes_are_refused_or_are_the_bytes_of_the_value_they_are_read_as() => Gen.Byte.Array[0, 20].Sample(bytes =>
    {
        Canonical<int>(bytes);
        Canonical<long>(bytes);
        Canonical<bool>(bytes);
        Canonical<double>(bytes);
        Canonical<decimal>(bytes);
        Canonical<Guid>(bytes);
        Canonical<DateTimeOffset>(bytes);
        Canonical<byte[]>(bytes);
        Canonical<string>(bytes);
    });

    [Fact]
    public void The_bytes_are_these()
    {
        Assert.Equal("FFFFFFFE", Hex(-2));
        Assert.Equal("FFFFFFFFFFFFFFFE", Hex(-2L));
        Assert.Equal("01", Hex(true));
        Assert.Equal("3FF8000000000000", Hex(1.5));
        Assert.Equal("0000006E000000000000000080020000", Hex(-1.10m));
        Assert.Equal("00112233445566778899AABBCCDDEEFF", Hex(new Guid("00112233-4455-6677-8899-aabbccddeeff")));
        Assert.Equal("08E2C5C306002880FFC4", Hex(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.FromHours(-1))));
        Assert.Equal("C3A9", Hex("é"));
        Assert.Equal("0102", Hex(new byte[] { 1, 2 }));
        Assert.Equal("FFFFFFFE", Hex<int?>(-2));
    }

    [Theory]
    [InlineData("00000000000000000000000000000001")]
    [InlineData("000000000000000000000000001D0000")]
    public void A_decimal_with_flags_that_mean_nothing_is_refused(string hex) => Assert.False(PlainFormat<decimal>.Instance!.TryRead(Convert.FromHexString(hex), out _));

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFF0000")]
    [InlineData("2BCA2875F43740000000")]
    [InlineData("00000000000000000349")]
    [InlineData("0000000000000000FFFF")]
    [InlineData("2BCA2875F4373FFF0001")]
    public void A_moment_outside_of_the_calendar_is_refused(string hex) => Assert.False(PlainFormat<DateTimeOffset>.Instance!.TryRead(Convert.FromHexString(hex), out _));

    [Fact]
    public void Other_types_are_not_plain()
    {
        Assert.Null(PlainFormat<Cart>.Instance);
        Assert.Null(PlainFormat<short>.Instance);
        Assert.Null(PlainFormat<DayOfWeek>.Instance);
    }

    private static void Holds<T>(Gen<T> values) => values.Sample(value => Assert.Equal(value, Read<T>(Write(value))));

    private static void Canonical<T>(byte[] bytes)
    {
        if (PlainFormat<T>.Instance!.TryRead(bytes, out var value)) Assert.Equal(bytes, Write(value));
    }

    private static string Hex<T>(T value) => Convert.ToHexString(Write(value));

    private static byte[] Write<T>(T value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        PlainFormat<T>.Instance!.Write(value, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static T Read<T>(byte[] bytes)
    {
        Assert.True(PlainFormat<T>.Instance!.TryRead(bytes, out var value));
        return value;
    }
}
