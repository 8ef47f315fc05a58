using Xunit.v3;
using Xunit.Sdk;

// Each test has processes of its own and some measure time: side by side they would disturb each other.
[assembly: Parallelization(Mode = ParallelMode.None)]
