using BenchmarkDotNet.Configs;

namespace HybridSession.Bench.Micro.Running;

/// <summary>Adds what each row costs beyond the baseline row.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class LayerColumnsAttribute : Attribute, IConfigSource
{
    public IConfig Config { get; } = ManualConfig.CreateEmpty().AddColumn(new LayerTimeColumn(), new LayerBytesColumn());
}
