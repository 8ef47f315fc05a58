using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HybridSession;

/// <summary>What <c>AddHybridSession</c> returns: the place where stores and stages are added.</summary>
public interface IHybridSessionBuilder
{
    /// <summary>The application's services.</summary>
    IServiceCollection Services { get; }

    /// <summary>The configuration section that was given to <c>AddHybridSession</c>; null when there was none.</summary>
    IConfiguration? Configuration { get; }
}
