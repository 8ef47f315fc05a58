using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace HybridSession.Middleware;

/// <summary>Puts <see cref="BindingAuthenticationService"/> around the application's, whether that is added before or after the sessions.</summary>
internal static class SignInServices
{
    public static void AddTo(IServiceCollection services)
    {
        if (services.Any(static service => service.ServiceType == typeof(HybridSessionMarker))) return;
        var present = services.LastOrDefault(static service => service.ServiceType == typeof(IAuthenticationService) && !service.IsKeyedService);
        services.TryAddSingleton<MissingSessionNotice>();
        // Where nothing is there yet, what AddAuthentication adds by "try" finds the place taken; without authentication there is no service, as before.
        services.Replace(new ServiceDescriptor(typeof(IAuthenticationService), provider => Wrap(provider, present)!, present?.Lifetime ?? ServiceLifetime.Scoped));
    }

    private static BindingAuthenticationService? Wrap(IServiceProvider provider, ServiceDescriptor? present)
    {
        if (provider.GetService<IAuthenticationSchemeProvider>() is not { } schemes) return null;
        return new BindingAuthenticationService(
            Inner(provider, present), schemes, provider.GetRequiredService<IOptions<HybridSessionOptions>>(), provider.GetRequiredService<MissingSessionNotice>());
    }

    private static IAuthenticationService Inner(IServiceProvider provider, ServiceDescriptor? present) => present switch
    {
        null => ActivatorUtilities.CreateInstance<AuthenticationService>(provider),
        { ImplementationInstance: IAuthenticationService instance } => instance,
        { ImplementationFactory: { } factory } => (IAuthenticationService)factory(provider),
        _ => (IAuthenticationService)ActivatorUtilities.CreateInstance(provider, present.ImplementationType!),
    };
}
