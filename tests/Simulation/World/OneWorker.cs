using System.Runtime.CompilerServices;

namespace HybridSession.Simulation.World;

/// <summary>
/// One worker for the whole process: the engines take turns, and whoever is on it sees whether anything else is left to do. Set here and not in the project file, which
/// would limit the process that starts this one as well, and that needs more.
/// </summary>
internal static class OneWorker
{
    // Read when the thread pool is first used, which is after this.
    [ModuleInitializer]
    internal static void Limit()
    {
        AppContext.SetData("System.Threading.ThreadPool.MinThreads", 1);
        AppContext.SetData("System.Threading.ThreadPool.MaxThreads", 1);
    }
}
