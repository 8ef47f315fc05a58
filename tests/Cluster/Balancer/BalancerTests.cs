namespace HybridSession.Cluster.Balancer;

public class BalancerTests
{
    private const string Stat = """
        # pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight
        site,FRONTEND,,,3,4,2000,10,1,1,0,0,0,,,,,OPEN,
        nodes,node1,0,0,2,2,,5,1,1,,0,,0,0,0,0,UP,1
        nodes,node2,0,0,0,2,,5,1,1,,0,,0,0,0,0,MAINT,1
        """;

    [Fact]
    public void The_state_of_a_server_and_its_requests_are_read_by_the_names_of_the_columns()
    {
        Assert.Equal(new ServerStatus("UP", 2), ServerStatus.Of(Stat, "nodes", "node1"));
        Assert.Equal(new ServerStatus("MAINT", 0), ServerStatus.Of(Stat, "nodes", "node2"));
        Assert.Throws<InvalidOperationException>(() => ServerStatus.Of(Stat, "nodes", "node3"));
    }

    [Fact]
    public void Only_a_sticky_balancer_looks_at_the_cookie()
    {
        Uri[] nodes = [new("http://127.0.0.1:5001"), new("http://127.0.0.1:5002")];

        Assert.DoesNotContain("stick", BalancerConfig.Text(Affinity.RoundRobin, 80, "/s", nodes), StringComparison.Ordinal);
        Assert.Contains("stick match req.cook(.HybridSession)", BalancerConfig.Text(Affinity.NodeOfCookie, 80, "/s", nodes), StringComparison.Ordinal);
        Assert.Contains("server node2 127.0.0.1:5002", BalancerConfig.Text(Affinity.RoundRobin, 80, "/s", nodes), StringComparison.Ordinal);
    }
}
