namespace HybridSession.Cluster.Report;

/// <summary>Makes a test a line of the table in <c>docs/cluster.md</c>, one for each level.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RecordedAttribute : Attribute;
