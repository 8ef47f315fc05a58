using Xunit;

// Each test has processes of its own and some measure time: side by side they would disturb each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
