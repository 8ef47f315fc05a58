using HybridSession.LocalPostgres;
using Xunit;

namespace HybridSession.EndToEnd.Tests.LocalPostgres;

public class WayOrderTests
{
    [Fact]
    public void A_server_that_the_environment_names_is_the_only_way() =>
        Assert.Equal([PostgresWay.Given], WayOrder.For(LocalPostgresOptions.ForTests(), given: true));

    [Fact]
    public void A_caller_who_will_stop_the_server_gets_one_of_its_own() =>
        Assert.DoesNotContain(PostgresWay.Given, WayOrder.For(LocalPostgresOptions.ForTests(control: true), given: true));

    [Fact]
    public void A_sample_takes_binaries_then_npm_then_a_container() =>
        Assert.Equal([PostgresWay.Binaries, PostgresWay.Npm, PostgresWay.Docker], WayOrder.For(LocalPostgresOptions.ForSample("shop"), given: false));

    [Fact]
    public void A_test_takes_a_container_then_binaries_then_npm() =>
        Assert.Equal([PostgresWay.Docker, PostgresWay.Binaries, PostgresWay.Npm], WayOrder.For(LocalPostgresOptions.ForTests(), given: false));

    [Fact]
    public void One_way_may_be_asked_for() =>
        Assert.Equal([PostgresWay.Npm], WayOrder.For(new LocalPostgresOptions { Only = PostgresWay.Npm }, given: true));
}
