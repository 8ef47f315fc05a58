namespace HybridSession.Simulation.World;

public class OneWorkerTests
{
    [Fact]
    public void The_thread_pool_of_this_process_has_one_worker()
    {
        ThreadPool.GetMaxThreads(out var workers, out _);

        Assert.Equal(1, workers);
    }
}
