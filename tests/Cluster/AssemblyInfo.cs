using HybridSession.Resilience.Scenarios;
using Xunit.Sdk;
using Xunit.v3;

// The scenarios measure time and share the machine and one server: side by side they would disturb each other.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(ControlledServer))]
