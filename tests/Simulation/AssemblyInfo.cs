using Xunit.Sdk;
using Xunit.v3;

// The runs own the one worker of the thread pool: side by side they would wait for each other to be quiet.
[assembly: Parallelization(Mode = ParallelMode.None)]
