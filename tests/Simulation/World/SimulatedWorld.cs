using HybridSession.Simulation.Clients;
using Microsoft.Extensions.Time.Testing;

namespace HybridSession.Simulation.World;

/// <summary>
/// Real engines over one store, one network and one clock, where nothing goes on by itself: each call to the store, each message, each pause of a request waits
/// until somebody (a script, or a seeded scheduler) lets it go on.
/// </summary>
/// <remarks>
/// How deterministic that is: the process has one worker thread (see the project file), everything runs on it, and a step is over when nothing is left to run
/// (<see cref="QuietAsync"/>). So the engines never run in parallel with each other or with the world, and a seed takes the same steps again. Not in its hand are:
/// the names of nodes and tokens (random; nodes are put in the order of their names, and there is one shard, so neither decides anything), the jitter of a pause after
/// a failed flush, and the order in which the runtime continues several tasks that one step has freed. Races between threads inside one engine are not explored here.
/// </remarks>
internal sealed class SimulatedWorld : IDisposable
{
    private const int MaxYields = 200_000;
    private const int MaxRounds = 1_000;

    private readonly WorldSetup _setup;
    private readonly List<(Request Request, Task Task)> _requests = [];
    private readonly List<(string What, TaskCompletionSource GoOn)> _pauses = [];

    public SimulatedWorld(WorldSetup setup)
    {
        _setup = setup;
        Options = new SessionEngineOptions { Flushers = 1, SweepInterval = TimeSpan.FromDays(1) };
        setup.Configure(Options);
        Rows = new SimulatedRows(Time, setup.StoreDefects);
        Nodes = [];
        Network = new SimulatedNetwork(() => Nodes) { HidesLosses = setup.LinkLossIsHidden };
        Network.Drops.UnionWith(setup.LostMessages);
        Nodes.AddRange(Enumerable.Range(0, setup.Nodes + setup.SpareNodes).Select(_ => new Node(this)).OrderBy(node => node.Engine.Node));
        for (var i = 0; i < Nodes.Count; i++) Nodes[i].Index = i;
    }

    public FakeTimeProvider Time { get; } = new();

    public long NowMs => (long)(Time.GetUtcNow() - Time.Start).TotalMilliseconds;

    public SessionEngineOptions Options { get; }

    public SimulatedRows Rows { get; }

    public SimulatedNetwork Network { get; }

    public List<Node> Nodes { get; }

    public List<StoreCall> Calls { get; } = [];

    public List<Subject> Subjects { get; } = [];

    public List<string> Steps { get; } = [];

    public ClientDefects ClientDefects => _setup.ClientDefects;

    public IEnumerable<Node> Serving => Nodes.Where(node => node.IsServing);

    public IEnumerable<Node> Running => Nodes.Where(node => node is { IsStarted: true, IsCrashed: false } && !(node.IsStopping && node.Stop.IsCompleted));

    public IReadOnlyList<(string What, TaskCompletionSource GoOn)> Pauses => _pauses;

    public IEnumerable<Request> ActiveRequests => _requests.Where(pair => !pair.Task.IsCompleted && !pair.Request.Node.IsCrashed).Select(pair => pair.Request);

    /// <summary>Every report of a lost change is a violation: nothing that excuses one happens in this run.</summary>
    public bool NothingIsLate { get; set; }

    public bool HasFailedOver { get; private set; }

    /// <summary>What a script keeps back; none of it goes on by itself.</summary>
    public Func<StoreCall, bool> HoldsCall { get; set; } = static _ => false;

    /// <inheritdoc cref="HoldsCall"/>
    public Func<SimulatedNetwork.Wire, bool> HoldsMessage { get; set; } = static _ => false;

    /// <inheritdoc cref="HoldsCall"/>
    public Func<Node, bool> HoldsLinkEvent { get; set; } = static _ => false;

    /// <inheritdoc cref="HoldsCall"/>
    public bool HoldsPauses { get; set; }

    public int LostReports { get; set; }

    /// <summary>Nothing waits but requests that handle, and time.</summary>
    public bool IsIdle => Calls.Count == 0 && Network.IsIdle;

    public async Task StartNodesAsync()
    {
        foreach (var node in Nodes.Take(_setup.Nodes))
        {
            Begin(node);
            await SettleAsync(() => node.Start.IsCompleted);
        }

        await SettleAsync(() => IsIdle);
        Steps.Clear();
    }

    /// <summary>Starts a node; it joins the others as the steps go on.</summary>
    public static void Begin(Node node)
    {
        node.IsStarted = true;
        node.Start = node.Engine.StartAsync(CancellationToken.None);
    }

    /// <summary>One step: what it does, until everything is quiet, and the checks.</summary>
    public async Task StepAsync(string what, Action act)
    {
        Steps.Add(what);
        act();
        await QuietAsync();
        Check();
    }

    public Task AdvanceAsync(int milliseconds) => StepAsync($"clock +{milliseconds} ms", () => Time.Advance(TimeSpan.FromMilliseconds(milliseconds)));

    public Request Start(Request request)
    {
        _requests.Add((request, request.RunAsync()));
        return request;
    }

    /// <summary>A request stops here until it is let go on.</summary>
    public Task PauseAsync(string what)
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _pauses.Add((what, goOn));
        return goOn.Task;
    }

    public void Resume((string What, TaskCompletionSource GoOn) pause)
    {
        _pauses.Remove(pause);
        pause.GoOn.SetResult();
    }

    public void Happen(StoreCall call)
    {
        call.Happen();
        if (call.IsAnswered) Calls.Remove(call);
    }

    public void Answer(StoreCall call)
    {
        Calls.Remove(call);
        call.Answer();
    }

    /// <summary>The caller hears of a failure.</summary>
    /// <param name="call">The call.</param>
    /// <param name="runsOn">The statement takes effect later all the same.</param>
    /// <param name="outcomeUnknown">The caller is told that it may have taken effect.</param>
    public void Fail(StoreCall call, bool runsOn, bool outcomeUnknown)
    {
        if (!runsOn) Calls.Remove(call);
        call.Node.CallFailed(NowMs);
        call.Fail(outcomeUnknown && call.IsWrite && !_setup.StoreDefects.HasFlag(StoreDefects.DeniesUnknownOutcomes));
    }

    public void Crash(Node node, Func<StoreCall, bool> runsOn)
    {
        node.IsCrashed = true;
        Network.Leave(node);
        foreach (var call in Calls.Where(call => call.Node == node).ToArray())
        {
            call.Forget();
            if (call.HasHappened || !call.IsWrite || !runsOn(call)) Calls.Remove(call);
        }

        foreach (var subject in Subjects) subject.NodeCrashed(node, this);
        foreach (var (request, _) in _requests) if (request.Node == node) request.Tab.Current = null;
    }

    public void Partition(Node node)
    {
        node.IsPartitioned = true;
        Network.Cut(node);
        foreach (var call in Calls.Where(call => call.Node == node && !call.IsAnswered).ToArray()) Fail(call, runsOn: false, outcomeUnknown: true);
    }

    public void Heal(Node node)
    {
        node.IsPartitioned = false;
        Network.Mend(node);
    }

    public void FailOver(Dictionary<SessionKey, StoredSession> older)
    {
        HasFailedOver = true;
        foreach (var call in Calls.ToArray())
        {
            if (call.IsAnswered) Calls.Remove(call);
            else Fail(call, runsOn: false, outcomeUnknown: true);
        }

        Rows.Restore(older);
        foreach (var node in Nodes.Where(node => node.IsLinked))
        {
            Network.Cut(node);
            Network.Mend(node);
        }
    }

    /// <summary>Lets everything go on, oldest first, and the clock only when nothing else is left, until the condition holds.</summary>
    public async Task SettleAsync(Func<bool> until, int clockStepMs = 50)
    {
        for (var round = 0; !until(); round++)
        {
            if (round == MaxRounds) throw new ViolationException(Sentence.ComesToRest, $"{Calls.Count} calls to the store are under way, and {Running.Sum(node => node.Engine.Unconfirmed().Count)} sessions wait to be stored");
            if (!await GoOnAsync()) await AdvanceAsync(clockStepMs);
        }
    }

    /// <summary>Lets everything that waits go on once. False when nothing waited.</summary>
    public async Task<bool> GoOnAsync()
    {
        var any = false;
        foreach (var call in Calls.Where(call => !HoldsCall(call)).ToArray())
        {
            if (!Calls.Contains(call)) continue;
            any = true;
            if (!call.HasHappened) await StepAsync($"{call}: takes effect", () => Happen(call));
            if (!call.IsAnswered) await StepAsync($"{call}: is answered", () => Answer(call));
        }

        foreach (var node in Nodes.Where(node => !HoldsLinkEvent(node)))
        {
            while (node.LinkEvents.TryDequeue(out var told))
            {
                any = true;
                if (!node.IsCrashed) await StepAsync($"{node} {told.What}", told.Tell);
            }
        }

        foreach (var wire in Network.Busy.Where(wire => !HoldsMessage(wire)).ToArray())
        {
            any = true;
            await DeliverAsync(wire);
        }

        foreach (var pause in HoldsPauses ? [] : _pauses.ToArray())
        {
            any = true;
            await StepAsync($"{pause.What} goes on", () => Resume(pause));
        }

        return any;
    }

    public Task DeliverAsync(SimulatedNetwork.Wire wire) => StepAsync($"{wire.To} gets {wire.Letters.Peek().Kind} of {wire.From}", wire.Deliver);

    /// <summary>Heals what is broken, lets all of it end, and compares what the nodes show with what is stored.</summary>
    public async Task EndAsync()
    {
        Steps.Add("-- everything is healed");
        NothingIsLate = false;
        (HoldsCall, HoldsMessage, HoldsLinkEvent, HoldsPauses) = (static _ => false, static _ => false, static _ => false, false);
        foreach (var node in Nodes)
        {
            if (node.IsPartitioned) Heal(node);
            Network.Mend(node);
            if (node.Circuit.IsAway) node.Circuit.Close();
        }

        // Long enough for whoever was away to be judged, and for what was not removed to be removed again.
        var started = NowMs;
        await SettleAsync(() => NowMs - started > 1_500);
        await StepAsync("everybody hears who is alive", Network.TellAll);
        await SettleAsync(IsAtRest, 100);
        var waitMs = Subjects.Exists(static subject => subject is { IsEndWanted: true, IsEndConfirmed: false }) ? 11_000 : 3_000;
        await SettleAsync(() => NowMs - started > waitMs && IsAtRest(), 250);
        await FinalChecks.RunAsync(this);
    }

    /// <summary>Lets everything that is ready run, until nothing is.</summary>
    public static async Task QuietAsync()
    {
        for (var i = 0; i < MaxYields; i++)
        {
            await Task.Yield();
            if (ThreadPool.PendingWorkItemCount == 0) return;
        }

        throw new ViolationException(Sentence.ComesToRest, "an engine keeps running without a call to the store, a message or the clock");
    }

    public void Dispose()
    {
        foreach (var node in Nodes) node.Dispose();
    }

    private bool IsAtRest() =>
        IsIdle && !ActiveRequests.Any() && Nodes.All(node => !node.IsStarted || node.IsCrashed || (node.Start.IsCompleted && (!node.IsStopping || node.Stop.IsCompleted) && node.Engine.Unconfirmed().Count == 0))
        && Subjects.TrueForAll(subject => !subject.IsRemovalUnderWay(this));

    private void Check()
    {
        foreach (var (_, task) in _requests.Where(pair => pair.Task.IsCompleted)) task.GetAwaiter().GetResult();
        _requests.RemoveAll(static pair => pair.Task.IsCompleted);
        foreach (var node in Running)
        {
            if (node.Start.IsFaulted) node.Start.GetAwaiter().GetResult();
            try
            {
                node.Engine.CheckInvariants();
            }
            catch (System.Diagnostics.UnreachableException contradiction)
            {
                throw new ViolationException(Sentence.EngineInvariants, contradiction.Message);
            }

            CheckPromise(node);
        }
    }

    // Between the promise and a change in memory stands nothing but a call that is under way, or the pause after one that failed.
    private void CheckPromise(Node node)
    {
        var (_, oldest) = node.Engine.Unconfirmed();
        if (oldest <= Options.MaxDirtyAge || node.IsPartitioned || node.Circuit.IsAway || NowMs - node.LastFailureMs <= 1_500 || Calls.Exists(call => call.Node == node && !call.IsAnswered)) return;
        throw new ViolationException(Sentence.LossIsBounded, $"{node} has a change of {oldest.TotalMilliseconds} ms ago and does not store it");
    }
}
