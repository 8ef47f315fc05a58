using Storefront;
using Storefront.Pages;

var builder = WebApplication.CreateBuilder(args);
builder.UseDefaultUrl("http://localhost:5080");
builder.UseQuietLog();

// The configured PostgreSQL, or a private one that ends with this program.
await using var database = await ShopDatabase.OpenAsync(builder.Configuration);
builder.Services.AddSingleton(database);
builder.Services.AddAntiforgery();

// Sessions live in memory and are written to PostgreSQL behind the requests.
builder.Services.AddHybridSession(options => options.IdleTimeout = TimeSpan.FromHours(1))
                .UsePostgres(database.ConnectionString);
builder.Services.AddHealthChecks().AddHybridSession();

var app = builder.Build();
app.UseSecurityHeaders();
app.UseHybridSession();
app.UseAntiforgery();

app.MapShop();
app.MapCart();
app.MapAccount();
app.MapGet("/healthz", () => "ok");
app.MapHealthChecks("/healthz/ready", new() { Predicate = check => check.Tags.Contains("ready") });

app.Lifetime.ApplicationStarted.Register(() => database.Announce(app.Urls));
await app.RunAsync();
