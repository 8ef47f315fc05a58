using HybridSession.Simulation.Clients;
using HybridSession.Simulation.World;

namespace HybridSession.Simulation.Runs;

/// <summary>One seed: a scheduler that picks what happens next.</summary>
internal sealed class RandomRun : IDisposable
{
    private const int MaxActive = 3;

    private readonly Configuration _configuration;
    private readonly Random _random;
    private readonly List<(int Weight, Func<Task> Step)> _choices = [];
    private readonly List<Dictionary<SessionKey, StoredSession>> _snapshots = [];
    private int _crashes;
    private int _cuts;
    private int _partitions;
    private int _failOvers;
    private int _starts;
    private int _leaves;

    public RandomRun(Configuration configuration, int seed)
    {
        (_configuration, _random) = (configuration, new Random(seed));
        World = new SimulatedWorld(configuration.World);
        (_crashes, _cuts, _partitions, _failOvers) = (configuration.Crashes, configuration.Cuts, configuration.Partitions, configuration.FailOvers);
        (_starts, _leaves) = (configuration.Starts, configuration.Leaves);
    }

    public SimulatedWorld World { get; }

    public async Task RunAsync()
    {
        await World.StartNodesAsync();
        for (var i = 0; i < _configuration.Subjects; i++)
        {
            var subject = new Subject($"{(char)('s' + i)}", _configuration.TabsPerSubject, _configuration.KeysPerTab, _configuration.KeepsStamps);
            World.Subjects.Add(subject);
            if (_configuration.BirthsAreLate) continue;
            World.Start(new Request(World, subject.Tabs[0], Pick([.. World.Serving]), new RequestPlan(RequestKind.Set)));
            await World.SettleAsync(() => subject.Cookie is not null);
        }

        await World.SettleAsync(() => World.IsIdle && !World.ActiveRequests.Any());
        World.Steps.Clear();
        World.NothingIsLate = _configuration.IsPrompt;
        for (var step = 0; step < _configuration.Steps; step++)
        {
            _choices.Clear();
            Collect();
            await PickStep()();
        }

        await World.EndAsync();
    }

    public void Dispose() => World.Dispose();

    private void Collect()
    {
        foreach (var call in World.Calls) AddCall(call);
        foreach (var node in World.Nodes.Where(node => node.LinkEvents.Count > 0)) Add(4, () => TellAsync(node));
        foreach (var wire in World.Network.Busy) Add(4, () => World.DeliverAsync(wire));
        foreach (var pause in World.Pauses) Add(3, () => World.StepAsync($"{pause.What} goes on", () => World.Resume(pause)));
        AddRequests();
        AddClock();
        AddFaults();
    }

    private void AddCall(StoreCall call)
    {
        if (call.IsAnswered)
        {
            Add(1, () => World.StepAsync($"{call}: takes effect after all", () => World.Happen(call)));
            Add(1, () => World.StepAsync($"{call}: never takes effect", () => World.Calls.Remove(call)));
            return;
        }

        if (!call.HasHappened) Add(4, () => World.StepAsync($"{call}: takes effect", () => World.Happen(call)));
        else Add(4, () => World.StepAsync($"{call}: is answered", () => World.Answer(call)));
        var weight = _configuration.StoreFailures;
        if (weight == 0) return;
        if (call.HasHappened || !call.IsWrite)
        {
            Add(weight, () => World.StepAsync($"{call}: its answer is lost", () => World.Fail(call, runsOn: false, outcomeUnknown: true)));
            return;
        }

        Add(weight, () => World.StepAsync($"{call}: fails", () => World.Fail(call, runsOn: false, outcomeUnknown: false)));
        Add(weight, () => World.StepAsync($"{call}: its answer is lost, it runs on", () => World.Fail(call, runsOn: true, outcomeUnknown: true)));
    }

    private async Task TellAsync(Node node)
    {
        var told = node.LinkEvents.Dequeue();
        if (!node.IsCrashed) await World.StepAsync($"{node} {told.What}", told.Tell);
    }

    private void AddRequests()
    {
        if (World.ActiveRequests.Count() >= MaxActive || !World.Serving.Any()) return;
        foreach (var tab in World.Subjects.SelectMany(subject => subject.Tabs).Where(IsReady)) Add(3, () => StartAsync(tab));
    }

    private static bool IsReady(Tab tab) => tab.Current is null && !tab.Subject.IsGone && (tab.Subject.Cookie is not null || tab.Subject.Tabs.TrueForAll(other => other.Current is null));

    private Task StartAsync(Tab tab)
    {
        var request = new Request(World, tab, Pick([.. World.Serving]), Plan(tab));
        return World.StepAsync($"{request} begins", () => World.Start(request));
    }

    private RequestPlan Plan(Tab tab)
    {
        var kind = RequestKind.Read;
        if (_random.NextDouble() < 0.7)
        {
            var at = _random.NextDouble();
            if ((at -= _configuration.AbandonShare) < 0) kind = RequestKind.Abandon;
            else if ((at -= _configuration.RegenerateShare) < 0) kind = RequestKind.Regenerate;
            else if ((at -= _configuration.ClearShare) < 0) kind = RequestKind.Clear;
            else kind = at < _configuration.RemoveShare ? RequestKind.Remove : RequestKind.Set;
        }

        return new RequestPlan(kind, kind is RequestKind.Set or RequestKind.Remove ? Pick(tab.Keys) : null, Chance(_configuration.DurableShare) ? Durability.Durable : Durability.WriteBehind)
        {
            IsAborted = Chance(_configuration.AbortedShare),
            StopsBefore = Chance(0.2),
            StopsAfter = Chance(0.1),
        };
    }

    private void AddClock()
    {
        if (_configuration.IsPrompt)
        {
            if (!World.IsIdle) return;
            if (_configuration.NeedsNoClock && World.ActiveRequests.FirstOrDefault(request => !request.IsHandling) is { } waiting) throw new ViolationException(Sentence.NoClockNeeded, $"{waiting} waits, with nothing under way");
        }

        Add(2, () => World.AdvanceAsync(Pick([1, 10, 50, 60, 150, 200])));
        if (!_configuration.IsPrompt && Chance(0.05)) Add(1, () => World.AdvanceAsync(1_000));
    }

    private void AddFaults()
    {
        var serving = World.Serving.ToArray();
        if (_configuration.Evictions > 0 && serving.Length > 0)
        {
            var node = Pick(serving);
            Add(_configuration.Evictions, () => World.StepAsync($"{node} evicts", () => node.Engine.Compact(1)));
        }

        if (_crashes > 0 && serving.Length > 1) Add(1, () => CrashAsync(Pick(serving)));
        if (_starts > 0 && World.Nodes.Find(node => !node.IsStarted) is { } spare) Add(1, () => BeginAsync(spare));
        if (_leaves > 0 && serving.Where(IsUnused).ToArray() is { Length: > 0 } unused && serving.Length > 1) Add(1, () => LeaveAsync(Pick(unused)));
        if (_cuts > 0 && serving.Where(node => node.IsLinked).ToArray() is { Length: > 0 } linked) Add(1, () => CutAsync(Pick(linked)));
        foreach (var node in World.Nodes.Where(node => node is { IsLinked: false, IsPartitioned: false, IsCrashed: false, IsStopping: false, Receiver: not null }))
            Add(2, () => World.StepAsync($"{node}: its link is mended", () => World.Network.Mend(node)));
        if (_partitions > 0 && serving.Where(node => !node.IsPartitioned).ToArray() is { Length: > 0 } reachable) Add(1, () => PartitionAsync(Pick(reachable)));
        foreach (var node in World.Nodes.Where(node => node is { IsPartitioned: true, IsCrashed: false }))
            Add(1, () => World.StepAsync($"{node} reaches the store again", () => World.Heal(node)));
        if (_failOvers > 0) AddFailOver();
        if (_cuts + _partitions + _configuration.Crashes > 0) Add(1, () => World.StepAsync("everybody looks who is alive", World.Network.TellAll));
    }

    private void AddFailOver()
    {
        if (_snapshots.Count == 0 || Chance(0.2)) _snapshots.Add(World.Rows.Snapshot());
        if (World.Steps.Count < 10) return;
        Add(1, () =>
        {
            _failOvers--;
            return World.StepAsync("fail-over to an older state", () => World.FailOver(Pick(_snapshots)));
        });
    }

    private bool IsUnused(Node node) => World.ActiveRequests.All(request => request.Node != node);

    private Task CrashAsync(Node node)
    {
        _crashes--;
        return World.StepAsync($"{node} crashes", () => World.Crash(node, _ => Chance(0.5)));
    }

    private Task BeginAsync(Node node)
    {
        _starts--;
        return World.StepAsync($"{node} starts", () => SimulatedWorld.Begin(node));
    }

    private Task LeaveAsync(Node node)
    {
        _leaves--;
        return World.StepAsync($"{node} stops", () =>
        {
            node.IsStopping = true;
            node.Stop = node.Engine.StopAsync(CancellationToken.None);
        });
    }

    private Task CutAsync(Node node)
    {
        _cuts--;
        return World.StepAsync($"{node}: its link is cut", () => World.Network.Cut(node));
    }

    private Task PartitionAsync(Node node)
    {
        _partitions--;
        return World.StepAsync($"{node} does not reach the store", () => World.Partition(node));
    }

    private void Add(int weight, Func<Task> step) => _choices.Add((weight, step));

    private Func<Task> PickStep()
    {
        var at = _random.Next(_choices.Sum(static choice => choice.Weight));
        foreach (var (weight, step) in _choices)
            if ((at -= weight) < 0) return step;
        throw new InvalidOperationException("Nothing can happen.");
    }

    private bool Chance(double share) => _random.NextDouble() < share;

    private T Pick<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];
}
