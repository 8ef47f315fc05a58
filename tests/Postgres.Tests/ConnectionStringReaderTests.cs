using HybridSession.Postgres.Connecting;
using Npgsql;
using Xunit;

namespace HybridSession.Postgres.Tests;

public sealed class ConnectionStringReaderTests
{
    private const string Secret = "S3cr3t";

    [Theory]
    [InlineData("postgres://app:pw@db/shop", "Host=db;Port=5432;Database=shop;Username=app;Password=pw")]
    [InlineData("postgresql://app:pw@db:6543/shop", "Host=db;Port=6543;Database=shop;Username=app;Password=pw")]
    [InlineData("POSTGRES://app@db", "Host=db;Username=app")]
    [InlineData("postgres://db/shop", "Host=db;Database=shop")]
    [InlineData("postgres://db/", "Host=db")]
    [InlineData("postgres://app:p%40s%2Fs%23%3F%25:w@db/my%20shop", "Host=db;Database=my shop;Username=app;Password=\"p@s/s#?%:w\"")]
    [InlineData("postgres://app:a+b@db/shop?application_name=a+b", "Host=db;Database=shop;Username=app;Password=a+b;Application Name=a+b")]
    [InlineData("postgres://app@[::1]:6543/shop", "Host=::1;Port=6543;Database=shop;Username=app")]
    [InlineData("postgres://app@[fe80::1]/shop", "Host=fe80::1;Database=shop;Username=app")]
    [InlineData("postgres://app@h1:5433,h2,[::1]:5434/shop", "Host=\"h1:5433,h2,[::1]:5434\";Database=shop;Username=app;Target Session Attributes=read-write;Host Recheck Seconds=1")]
    [InlineData("postgres://h1,h2/shop?target_session_attrs=any", "Host=\"h1,h2\";Database=shop;Target Session Attributes=any;Host Recheck Seconds=1")]
    [InlineData("postgres://h1,h2/shop?Host%20Recheck%20Seconds=20", "Host=\"h1,h2\";Database=shop;Target Session Attributes=read-write;Host Recheck Seconds=20")]
    [InlineData("postgres://app@%2Fvar%2Frun%2Fpostgresql/shop", "Host=/var/run/postgresql;Database=shop;Username=app")]
    [InlineData("postgres:///shop?host=/tmp&port=6543&user=app&password=pw", "Host=/tmp;Port=6543;Database=shop;Username=app;Password=pw")]
    [InlineData("postgres://db/shop?sslmode=disable", "Host=db;Database=shop;SSL Mode=Disable")]
    [InlineData("postgres://db/shop?sslmode=allow", "Host=db;Database=shop;SSL Mode=Allow")]
    [InlineData("postgres://db/shop?sslmode=prefer", "Host=db;Database=shop;SSL Mode=Prefer")]
    [InlineData("postgres://db/shop?sslmode=require", "Host=db;Database=shop;SSL Mode=Require")]
    [InlineData("postgres://db/shop?sslmode=verify-ca", "Host=db;Database=shop;SSL Mode=VerifyCA")]
    [InlineData("postgres://db/shop?sslmode=verify-full&sslrootcert=%2Fca.pem", "Host=db;Database=shop;SSL Mode=VerifyFull;Root Certificate=/ca.pem")]
    [InlineData("postgres://db/shop?connect_timeout=7&application_name=web&options=-c%20geqo=off", "Host=db;Database=shop;Timeout=7;Application Name=web;Options=\"-c geqo=off\"")]
    [InlineData("postgres://db/shop?Maximum%20Pool%20Size=3&CommandTimeout=9", "Host=db;Database=shop;Maximum Pool Size=3;Command Timeout=9")]
    [InlineData("Host=db;User ID=app;Pwd='a;b'", "Host=db;Username=app;Password='a;b'")]
    [InlineData("server=db;Database=shop;sslmode=Require", "Host=db;Database=shop;SSL Mode=Require")]
    public void Both_notations_are_read(string text, string expected)
    {
        Assert.True(ConnectionStringReader.TryRead(text, out var builder, out var failure), failure);

        foreach (var (keyword, value) in new NpgsqlConnectionStringBuilder(expected)) Assert.Equal(value?.ToString(), builder[keyword]?.ToString());
    }

    [Theory]
    [InlineData(null, "there is no default host")]
    [InlineData("  ", "there is no default host")]
    [InlineData("Database=shop", "names no host")]
    [InlineData("postgres://", "names no host")]
    [InlineData("postgres:///shop", "names no host")]
    [InlineData("mysql://app@db/shop", "Begin it with postgres://")]
    [InlineData("nonsense", "neither a URI")]
    [InlineData("postgres://app:S3cr3t@x@db/shop", "@ as %40")]
    [InlineData("postgres://app:S3cr3t/x@db/shop", "/ as %2F")]
    [InlineData("postgres://app:S3cr3t?x@db/shop", "? as %3F")]
    [InlineData("postgres://app:S3cr3t#x@db/shop", "# as %23")]
    [InlineData("postgres://app:S3cr3t%@db/shop", "percent-encoded")]
    [InlineData("postgres://app:S3cr3t", "@ as %40")]
    [InlineData("postgres://app@[::1/shop", "closing bracket")]
    [InlineData("postgres://app@db:0/shop", "port")]
    [InlineData("postgres://db/shop/more", "%2F")]
    [InlineData("postgres://db/shop?sslmod=require", "Did you mean \"sslmode\"?")]
    [InlineData("postgres://db/shop?aplication_name=x", "Did you mean \"application_name\"?")]
    [InlineData("postgres://db/shop?S3cr3t=1", "unknown parameter")]
    [InlineData("postgres://db/shop?sslmode=maybe", "VerifyFull")]
    [InlineData("Host=db;Usrname=app", "Did you mean \"Username\"?")]
    [InlineData("Host=db;Password=a;S3cr3t=b", "unknown keyword")]
    [InlineData("Host=db;Port=many", "\"Port\"")]
    [InlineData("Host=db;Multiplexing=true", "Multiplexing")]
    public void A_mistake_is_refused_with_advice_and_without_what_may_be_a_password(string? text, string advice)
    {
        Assert.False(ConnectionStringReader.TryRead(text, out _, out var failure));

        Assert.Contains(advice, failure, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, failure, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Defaults_are_set_where_the_user_said_nothing()
    {
        Assert.True(ConnectionStringReader.TryRead("postgres://db/shop", out var builder, out _));

        Assert.Equal(5, builder.Timeout);
        Assert.Equal(10, builder.CommandTimeout);
        Assert.Equal(1_000, builder.CancellationTimeout);
        Assert.Equal("HybridSession", builder.ApplicationName);
        Assert.Equal(0, builder.MaxAutoPrepare);
        Assert.False(builder.IncludeErrorDetail);
        Assert.True(builder.NoResetOnClose);
        Assert.Equal(GssEncryptionMode.Disable, builder.GssEncryptionMode);
        Assert.Equal(14, builder.MaxPoolSize);
        Assert.False(builder.Pooling);
        Assert.Null(builder.TargetSessionAttributes);
    }

    [Theory]
    [InlineData("Host=db;Timeout=60;Command Timeout=61;Cancellation Timeout=62;Application Name=web;No Reset On Close=false;Maximum Pool Size=63")]
    [InlineData("postgres://db?Timeout=60&Command Timeout=61&Cancellation Timeout=62&Application Name=web&No Reset On Close=false&Maximum Pool Size=63")]
    public void What_the_user_said_stays(string text)
    {
        Assert.True(ConnectionStringReader.TryRead(text, out var builder, out var failure), failure);

        Assert.Equal((60, 61, 62, "web", false, 63), (builder.Timeout, builder.CommandTimeout, builder.CancellationTimeout, builder.ApplicationName, builder.NoResetOnClose, builder.MaxPoolSize));
    }

    [Theory]
    [InlineData("Host=db;Pooling=true")]
    [InlineData("Host=db;Maximum Pool Size=20")]
    [InlineData("postgres://db?Minimum%20Pool%20Size=1")]
    public void Who_speaks_of_a_pool_has_one(string text)
    {
        Assert.True(ConnectionStringReader.TryRead(text, out var builder, out var failure), failure);

        Assert.True(builder.Pooling);
    }

    [Fact]
    public void Every_known_keyword_is_one_of_Npgsql()
    {
        var builder = new NpgsqlConnectionStringBuilder();

        Assert.All(ConnectionKeywords.All, keyword => Assert.True(builder.ContainsKey(keyword), keyword));
        Assert.All(ConnectionKeywords.UriParameters, name => Assert.True(builder.ContainsKey(ConnectionKeywords.Find(name) ?? ""), name));
    }
}
