using Xunit.Sdk;
using Xunit.v3;

// Each test has processes of its own and some measure time: side by side they would disturb each other.
[assembly: Parallelization(Mode = ParallelMode.None)]
