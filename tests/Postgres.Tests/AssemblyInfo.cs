using Xunit.Sdk;
using Xunit.v3;

// One private server on a small machine: the classes take turns.
[assembly: Parallelization(Mode = ParallelMode.None)]
