using HybridSession.Payload;
using HybridSession.Simulation.Clients;
using HybridSession.Simulation.World;

namespace HybridSession.Simulation.Traces;

/// <summary>A world in the hand of a test: nothing happens that it does not ask for.</summary>
internal sealed class Script : IDisposable
{
    private readonly WorldSetup _setup;

    private Script(WorldSetup setup) => (_setup, World) = (setup, new SimulatedWorld(setup));

    public SimulatedWorld World { get; }

    public Node A => World.Nodes[0];

    public Node B => World.Nodes[1];

    public Node C => World.Nodes[2];

    /// <summary>Runs a script; at its end everything is healed and compared, as after a random run.</summary>
    public static Task RunAsync(Func<Script, Task> act, WorldSetup? setup = null) => Task.Run(async () =>
    {
        using var script = new Script(setup ?? new WorldSetup());
        try
        {
            await script.World.StartNodesAsync();
            await act(script);
            await script.World.EndAsync();
        }
        catch (ViolationException violation)
        {
            throw new InvalidOperationException($"{violation.Message}\n{string.Join('\n', script.World.Steps.Select((step, i) => $"{i + 1,4}  {step}"))}", violation);
        }
    });

    /// <summary>A session that node A has stored.</summary>
    public async Task<Subject> BornAsync(int tabs = 1, bool keepsStamps = true, int keysPerTab = 2, Node? node = null)
    {
        var subject = new Subject($"{(char)('s' + World.Subjects.Count)}", tabs, keysPerTab, keepsStamps);
        World.Subjects.Add(subject);
        await DoAsync(subject.Tabs[0], node ?? A, new RequestPlan(RequestKind.Set));
        return subject;
    }

    /// <summary>A request that begins, and goes as far as it can without anything that has to wait.</summary>
    public async Task<Request> BeginAsync(Tab tab, Node node, RequestPlan plan)
    {
        var request = new Request(World, tab, node, plan);
        await World.StepAsync($"{request} begins", () => World.Start(request));
        return request;
    }

    /// <summary>A whole request; whatever else is not kept back goes on meanwhile.</summary>
    public async Task<Request> DoAsync(Tab tab, Node node, RequestPlan plan)
    {
        var request = await BeginAsync(tab, node, plan);
        await EndAsync(request);
        return request;
    }

    public Task EndAsync(Request request) => World.SettleAsync(() => request.IsDone);

    public Task<Request> ReadAsync(Tab tab, Node node) => DoAsync(tab, node, new RequestPlan(RequestKind.Read));

    public Task<Request> SetAsync(Tab tab, Node node, Durability durability = Durability.WriteBehind, int key = 0) =>
        DoAsync(tab, node, new RequestPlan(RequestKind.Set, tab.Keys[key], durability));

    /// <summary>Everything that is not kept back goes on, and the clock with it, until all of it is stored.</summary>
    public async Task StoreAllAsync()
    {
        var started = World.NowMs;
        await World.SettleAsync(() => World.NowMs - started >= 400 && World.IsIdle);
    }

    public StoreCall Call(Node node, string name) =>
        World.Calls.Find(call => call.Node == node && call.Name.StartsWith(name, StringComparison.Ordinal)) ?? throw new InvalidOperationException($"{node} has no {name} under way.");

    public Task HappenAsync(Node node, string name)
    {
        var call = Call(node, name);
        return World.StepAsync($"{call}: takes effect", () => World.Happen(call));
    }

    public Task AnswerAsync(Node node, string name)
    {
        var call = Call(node, name);
        return World.StepAsync($"{call}: is answered", () => World.Answer(call));
    }

    public Task LoseAnswerAsync(Node node, string name, bool runsOn = false)
    {
        var call = Call(node, name);
        return World.StepAsync($"{call}: its answer is lost", () => World.Fail(call, runsOn, outcomeUnknown: true));
    }

    public async Task TellAsync(Node node)
    {
        while (node.LinkEvents.TryDequeue(out var told)) await World.StepAsync($"{node} {told.What}", told.Tell);
    }

    public Task CutAsync(Node node) => World.StepAsync($"{node}: its link is cut", () => World.Network.Cut(node));

    public Task MendAsync(Node node) => World.StepAsync($"{node}: its link is mended", () => World.Network.Mend(node));

    public Task CrashAsync(Node node) => World.StepAsync($"{node} crashes", () => World.Crash(node, static _ => false));

    public PackedSession? Row(Subject subject) =>
        World.Rows.Read(SessionKey.FromToken(subject.Cookie!.Token)) is { } row && PackedSession.TryRead(row.Payload, out var content, out _) ? content : null;

    public void Dispose() => World.Dispose();
}
