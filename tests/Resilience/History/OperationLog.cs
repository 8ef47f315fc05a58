using System.Collections.Concurrent;

namespace HybridSession.Resilience.History;

/// <summary>What all clients did, in the order in which it was completed. Thread-safe.</summary>
internal sealed class OperationLog
{
    private readonly ConcurrentQueue<Operation> _operations = [];
    private long _acknowledged;

    /// <summary>Sets that were acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    public void Add(Operation operation)
    {
        _operations.Enqueue(operation);
        if (operation is { Kind: OperationKind.Set, Outcome: Outcome.Ok }) Interlocked.Increment(ref _acknowledged);
    }

    public IReadOnlyList<Operation> Snapshot() => [.. _operations];
}
