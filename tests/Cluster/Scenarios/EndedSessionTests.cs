using HybridSession.Cluster.Load;
using HybridSession.Cluster.Site;
using HybridSession.Resilience;
using HybridSession.Resilience.Scenarios;

namespace HybridSession.Cluster.Scenarios;

/// <summary>A session that ends, or gets another token, on one node while it is hot on all of them.</summary>
public class EndedSessionTests(ControlledServer server)
{
    private static readonly int Rounds = Length.Of(40, 1_000);

    [Fact]
    public async Task A_session_that_ends_on_one_node_is_gone_for_the_next_request_on_every_node()
    {
        await using var group = await NodeGroup.StartAsync(server, new GroupPlan());
        using var nodes = new Nodes(group.Addresses);
        List<string> open = [];
        for (var round = 0; round < Rounds; round++)
        {
            var jar = await nodes.BeginAsync(round);
            var old = jar.Cookie;
            var ended = await nodes.SendAsync(round % 3, HttpMethod.Post, "/logout", jar);
            Assert.Equal((200, true), (ended.Status, ended.Forgets));

            var after = await Task.WhenAll(Enumerable.Range(0, 3).Select(node => nodes.SendAsync(node, HttpMethod.Get, "/registers", old)));
            for (var node = 0; node < 3; node++)
                if (after[node].Status != 409) open.Add($"round {round}: ended on node {round % 3}, and node {node} answers {after[node].Status} ({after[node].Origin})");
        }

        Assert.True(open.Count == 0, $"{open.Count} of {Rounds * 3} requests opened a session that had ended; the first: {open.FirstOrDefault()}");
    }

    [Fact]
    public async Task A_token_replaced_on_one_node_opens_nothing_and_its_client_stays_signed_in_whatever_runs_on_the_others()
    {
        await using var group = await NodeGroup.StartAsync(server, new GroupPlan());
        using var nodes = new Nodes(group.Addresses);
        List<string> wrong = [];
        for (var round = 0; round < Rounds; round++)
        {
            var jar = await nodes.BeginAsync(round);
            var (old, oldToken) = (jar.Cookie!, jar.Token);
            var here = round % 3;

            // A careless application sets something whether its session is there or not.
            var parallel = Enumerable.Range(0, 6).Select(i => nodes.SendAsync((here + 1 + (i % 2)) % 3, HttpMethod.Put, $"/careless/p{i}/1", jar)).ToList();
            var replaced = await nodes.SendAsync(here, HttpMethod.Post, "/regenerate", jar);
            await Task.WhenAll(parallel);

            if (replaced.Status != 200 || replaced.Token is null) wrong.Add($"round {round}: the token was not replaced, status {replaced.Status}");
            if (jar.Token == oldToken || jar.Token is null) wrong.Add($"round {round}: the client was left with its old token");
            for (var node = 0; node < 3; node++)
            {
                if (await nodes.SendAsync(node, HttpMethod.Get, "/registers", old) is { Status: not 409 } answer) wrong.Add($"round {round}: the old token opens something on node {node}: {answer.Status} ({answer.Origin})");
                var now = await nodes.SendAsync(node, HttpMethod.Get, "/registers", jar);
                if (now.Registers?.GetValueOrDefault(Nodes.Register) != Nodes.Value) wrong.Add($"round {round}: the client was signed out on node {node}: {now.Status} ({now.Origin})");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} promises were not kept in {Rounds} rounds:{Environment.NewLine}{string.Join(Environment.NewLine, wrong.Take(20))}");
    }
}
