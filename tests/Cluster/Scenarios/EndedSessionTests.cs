using HybridSession.Cluster.Load;
using HybridSession.Cluster.Site;
using HybridSession.Resilience;
using HybridSession.Resilience.Scenarios;

namespace HybridSession.Cluster.Scenarios;

/// <summary>A session that ends, or gets another token, on one node while it is in the memory of all of them.</summary>
public class EndedSessionTests(ControlledServer server)
{
    private static readonly int Rounds = Length.Of(40, 300);

    [Fact]
    public async Task A_session_that_ends_on_one_node_is_gone_for_the_next_request_on_every_node()
    {
        await using var group = await NodeGroup.StartAsync(server, new GroupPlan());
        using var nodes = new Nodes(group.Addresses);
        List<string> open = [];
        for (var round = 0; round < Rounds; round++)
        {
            var jar = await nodes.BeginAsync(round);
            var old = jar.Cookie!;
            var ended = await nodes.SendAsync(round % 3, HttpMethod.Post, "/logout", jar);
            Assert.Equal((200, true), (ended.Status, ended.Forgets));
            open.AddRange(await OpenAsync(nodes, old, round));
        }

        AssertNone(open);
    }

    [Fact]
    public async Task A_token_replaced_on_one_node_opens_nothing_on_any_and_the_new_one_opens_the_session_on_all()
    {
        await using var group = await NodeGroup.StartAsync(server, new GroupPlan());
        using var nodes = new Nodes(group.Addresses);
        List<string> open = [];
        for (var round = 0; round < Rounds; round++)
        {
            var jar = await nodes.BeginAsync(round);
            var old = jar.Cookie!;
            Assert.Equal(200, (await nodes.SendAsync(round % 3, HttpMethod.Post, "/regenerate", jar)).Status);
            open.AddRange(await OpenAsync(nodes, old, round));
            for (var i = 1; i <= 3; i++) Assert.Equal(Nodes.Value, (await nodes.SendAsync((round + i) % 3, HttpMethod.Get, "/registers", jar)).Registers?.GetValueOrDefault(Nodes.Register));
        }

        AssertNone(open);
    }

    [Fact]
    public async Task A_client_whose_token_is_replaced_stays_signed_in_whatever_it_has_under_way_on_other_nodes()
    {
        await using var group = await NodeGroup.StartAsync(server, new GroupPlan());
        using var nodes = new Nodes(group.Addresses);
        List<string> wrong = [];
        for (var round = 0; round < Rounds; round++)
        {
            var jar = await nodes.BeginAsync(round);
            var (old, here) = (jar.Token, round % 3);

            // A careless application sets something whether its session is there or not.
            var parallel = Enumerable.Range(0, 6).Select(i => nodes.SendAsync((here + 1 + (i % 2)) % 3, HttpMethod.Put, $"/careless/p{i}/1", jar)).ToList();
            var replaced = await nodes.SendAsync(here, HttpMethod.Post, "/regenerate", jar);
            await Task.WhenAll(parallel);
            Assert.Equal(200, replaced.Status);

            if (jar.Token == old) wrong.Add($"round {round}: the client was left with its old token");
            else if (await nodes.SendAsync(here, HttpMethod.Get, "/registers", jar) is var now && now.Registers?.GetValueOrDefault(Nodes.Register) != Nodes.Value)
                wrong.Add($"round {round}: the client was left with another session: {now.Status} ({now.Origin})");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {Rounds} clients were signed out:{Environment.NewLine}{string.Join(Environment.NewLine, wrong.Take(20))}");
    }

    // Every node, at the same moment and as soon as the client was answered.
    private static async Task<IEnumerable<string>> OpenAsync(Nodes nodes, string cookie, int round)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(node => nodes.SendAsync(node, HttpMethod.Get, "/registers", cookie)));
        return answers.Select((answer, node) => (answer, node)).Where(a => a.answer.Status != 409).Select(a => $"round {round}: node {a.node} answers {a.answer.Status} ({a.answer.Origin}), and the end was on node {round % 3}");
    }

    private static void AssertNone(List<string> open) =>
        Assert.True(open.Count == 0, $"{open.Count} of {Rounds * 3} requests opened what had ended; the first: {open.FirstOrDefault()}");
}
