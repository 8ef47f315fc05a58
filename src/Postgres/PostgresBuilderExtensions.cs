using HybridSession;
using HybridSession.Postgres;
using HybridSession.Postgres.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds PostgreSQL as the backing store of sessions.</summary>
public static class PostgresBuilderExtensions
{
    /// <summary>Stores sessions in the PostgreSQL that the configuration names: <c>ConnectionString</c>, or <c>Postgres:ConnectionString</c> and the other settings of <c>Postgres</c>.</summary>
    public static IHybridSessionBuilder UsePostgres(this IHybridSessionBuilder builder) => Add(builder, static _ => { });

    /// <summary>Stores sessions in PostgreSQL.</summary>
    /// <param name="builder">What <c>AddHybridSession</c> returned.</param>
    /// <param name="connectionString">A URI, <c>postgres://user:password@host/database</c>, or Npgsql keywords, <c>Host=host;Database=database;Username=user;Password=password</c>.</param>
    /// <param name="configure">Further settings; they win over the configuration.</param>
    public static IHybridSessionBuilder UsePostgres(this IHybridSessionBuilder builder, string connectionString, Action<PostgresSessionOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        return Add(builder, options =>
        {
            options.ConnectionString = connectionString;
            configure?.Invoke(options);
        });
    }

    /// <summary>Stores sessions in PostgreSQL, through the application's own data source. It is not disposed here.</summary>
    public static IHybridSessionBuilder UsePostgres(this IHybridSessionBuilder builder, NpgsqlDataSource dataSource)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return Add(builder, options =>
        {
            options.ConnectionString = null;
            options.DataSource = dataSource;
        });
    }

    /// <summary>Stores sessions in PostgreSQL, with settings from code; they win over the configuration.</summary>
    public static IHybridSessionBuilder UsePostgres(this IHybridSessionBuilder builder, Action<PostgresSessionOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Add(builder, configure);
    }

    private static IHybridSessionBuilder Add(IHybridSessionBuilder builder, Action<PostgresSessionOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var configuration = builder.Configuration;
        builder.Services.AddOptions<PostgresSessionOptions>()
            .Configure(options => PostgresConfiguration.Apply(configuration, options))
            .Configure(configure)
            .ValidateOnStart();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgresSessionOptions>, PostgresSessionOptionsValidator>());
        builder.Services.TryAddSingleton<PostgresBackingStore>();
        builder.Services.AddSingleton(new BackingStoreRegistration(ProviderNames.Postgres, static services => services.GetRequiredService<PostgresBackingStore>())
        {
            Probe = static services => services.GetRequiredService<PostgresBackingStore>()
                .CreateProbe(services.GetRequiredService<IOptions<SessionEngineOptions>>().Value, services.GetRequiredService<TimeProvider>()),
            Locks = static services => services.GetRequiredService<PostgresBackingStore>().CreateLocks(services.GetRequiredService<TimeProvider>()),
            PeerLink = static services => services.GetRequiredService<PostgresBackingStore>().CreatePeerLink(services.GetRequiredService<TimeProvider>()),
        });
        return builder;
    }
}
