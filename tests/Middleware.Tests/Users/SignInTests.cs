using System.Security.Claims;
using System.Text.Encodings.Web;
using HybridSession.Middleware.Tests.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace HybridSession.Middleware.Tests.Users;

/// <summary>Over a scheme that takes the user from the query, so that a test says with each request as whom it is authenticated.</summary>
public class SignInTests
{
    private const string Scheme = "site";
    private const string External = "external";

    private static int _paths;

    public static TheoryData<bool> Orders => [true, false];

    [Theory, MemberData(nameof(Orders))]
    public async Task A_sign_in_gives_the_session_a_new_token_keeps_its_content_and_binds_it(bool authenticatesFirst)
    {
        await using var app = await Site(authenticatesFirst).StartAsync();
        var visitor = app.NewVisitor();
        await visitor.UseAsync(app, s => s.SetString("cart", "full"));
        var before = visitor.CookieValue;

        await SignInAsync(app, visitor, "anna");

        Assert.NotEqual(before, visitor.CookieValue);
        await AsAsync(app, visitor, "anna", context => Assert.Equal(("anna", "full"), (context.GetHybridSession().UserId, context.Session.GetString("cart"))));
        Assert.Single(await Administration(app).FindByUserAsync("anna"));
        var thief = app.NewVisitor();
        thief.Cookie = $".HybridSession={before}";
        Assert.Null(await thief.AskAsync(app, s => s.GetString("cart")));
    }

    [Theory, MemberData(nameof(Orders))]
    public async Task A_request_of_another_user_gets_a_new_empty_session_and_leaves_the_other_as_it_is(bool authenticatesFirst)
    {
        await using var app = await Site(authenticatesFirst).StartAsync();
        var (visitor, other) = (app.NewVisitor(), app.NewVisitor());
        await SignInAsync(app, visitor, "anna");
        await AsAsync(app, visitor, "anna", context => context.Session.SetString("secret", "anna's"));
        other.Cookie = visitor.Cookie;

        await AsAsync(app, other, "bert", context =>
        {
            Assert.Null(context.Session.GetString("secret"));
            Assert.Equal((SessionOrigin.UserMismatch, true, null), (context.GetHybridSession().Origin, context.GetHybridSession().IsNew, context.GetHybridSession().UserId));
            context.Session.SetString("secret", "bert's");
        });

        Assert.NotEqual(visitor.Cookie, other.Cookie);
        await AsAsync(app, visitor, "anna", context => Assert.Equal("anna's", context.Session.GetString("secret")));
        await AsAsync(app, other, "bert", context => Assert.Equal("bert's", context.Session.GetString("secret")));
    }

    [Fact]
    public async Task Who_is_not_authenticated_goes_on_with_the_session()
    {
        await using var app = await Site(true).StartAsync();
        var visitor = app.NewVisitor();
        await SignInAsync(app, visitor, "anna");

        await AsAsync(app, visitor, null, context => Assert.Equal("anna", context.GetHybridSession().UserId));
    }

    [Fact]
    public async Task A_sign_in_as_another_user_ends_the_session_of_the_first()
    {
        await using var app = await Site(true).StartAsync();
        var visitor = app.NewVisitor();
        await SignInAsync(app, visitor, "anna");
        await AsAsync(app, visitor, "anna", context => context.Session.SetString("secret", "anna's"));

        await AsAsync(app, visitor, "anna", async context =>
        {
            await context.SignInAsync(Principal("bert"));
            // HttpContext.User is still Anna here; the session is Bert's.
            context.Session.SetString("mine", "bert's");
            Assert.Equal(("bert", null), (context.GetHybridSession().UserId, context.Session.GetString("secret")));
        });

        Assert.Equal((0, 1), (await Administration(app).CountByUserAsync("anna"), await Administration(app).CountByUserAsync("bert")));
        await AsAsync(app, visitor, "bert", context => Assert.Equal("bert's", context.Session.GetString("mine")));
    }

    [Fact]
    public async Task A_repeated_sign_in_of_the_same_user_changes_nothing()
    {
        await using var app = await Site(true).StartAsync();
        var visitor = app.NewVisitor();
        await SignInAsync(app, visitor, "anna");
        var cookie = visitor.Cookie;

        await SignInAsync(app, visitor, "anna");

        Assert.Equal(cookie, visitor.Cookie);
    }

    [Theory]
    [InlineData(SignOutBehavior.Abandon, null)]
    [InlineData(SignOutBehavior.Unbind, "full")]
    public async Task A_sign_out_ends_the_session_or_binds_it_to_nobody(SignOutBehavior behavior, string? cart)
    {
        await using var app = await Site(true, o => o.Users.OnSignOut = behavior).StartAsync();
        var visitor = app.NewVisitor();
        await SignInAsync(app, visitor, "anna");
        await AsAsync(app, visitor, "anna", context => context.Session.SetString("cart", "full"));

        await AsAsync(app, visitor, "anna", context => context.SignOutAsync());

        Assert.Empty(await Administration(app).FindByUserAsync("anna"));
        await AsAsync(app, visitor, null, context => Assert.Equal((null, cart), (context.GetHybridSession().UserId, context.Session.GetString("cart"))));
    }

    [Fact]
    public async Task A_sign_in_that_the_limit_refuses_signs_nobody_in()
    {
        await using var app = await Site(true, o => (o.Users.MaxSessionsPerUser, o.Users.AtLimit) = (1, UserLimitBehavior.Refuse)).StartAsync();
        await SignInAsync(app, app.NewVisitor(), "anna");
        var signedIn = QueryHandler.SignIns;

        await AsAsync(app, app.NewVisitor(), null, async context => await Assert.ThrowsAsync<UserLimitException>(() => context.SignInAsync(Principal("anna"))));

        Assert.Equal(signedIn, QueryHandler.SignIns);
        Assert.Equal(1, await Administration(app).CountByUserAsync("anna"));
    }

    [Fact]
    public async Task An_external_sign_in_names_nobody_yet()
    {
        await using var app = await Site(true).StartAsync();
        var visitor = app.NewVisitor();

        await AsAsync(app, visitor, null, context => context.SignInAsync(External, Principal("id of another site")));

        Assert.Equal(0, await Administration(app).CountAsync());
    }

    [Fact]
    public async Task Without_the_option_sign_ins_and_sessions_have_nothing_to_do_with_each_other()
    {
        await using var app = await Site(true, o => o.Users.BindOnSignIn = false).StartAsync();
        var visitor = app.NewVisitor();
        await visitor.GetAsync(app, context => context.GetHybridSession().BindToUserAsync("anna"));

        await SignInAsync(app, visitor, "bert");

        await AsAsync(app, visitor, "bert", context => Assert.Equal("anna", context.GetHybridSession().UserId));
    }

    [Fact]
    public async Task The_claim_and_the_scheme_can_be_named()
    {
        await using var app = await Site(true, o => (o.Users.IdClaim, o.Users.SignInScheme) = ("account", External)).StartAsync();
        var visitor = app.NewVisitor();
        var principal = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, "anna"), new Claim("account", "a-17")], External));

        await AsAsync(app, visitor, null, context => context.SignInAsync(External, principal));
        await AsAsync(app, visitor, null, context => context.SignInAsync(Scheme, Principal("other")));

        Assert.Equal(1, await Administration(app).CountByUserAsync("a-17"));
        Assert.Equal(1, await Administration(app).CountAsync());
    }

    [Fact]
    public async Task A_sign_in_before_the_sessions_is_reported_once()
    {
        await using var app = await Site(true, configureBefore: site => site.Use(async (context, next) =>
        {
            await context.SignInAsync(Principal("anna"));
            await next(context);
        })).StartAsync();

        await app.NewVisitor().GetAsync("/");
        await app.NewVisitor().GetAsync("/");

        Assert.Single(app.Logs.Of(3010));
        Assert.Equal(0, await Administration(app).CountAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Authentication_may_be_added_before_or_after_the_sessions(bool before)
    {
        var services = new ServiceCollection().AddLogging();
        if (before) services.AddAuthentication();
        services.AddHybridSession().UseInMemoryStore();
        services.AddHybridSession();
        if (!before) services.AddAuthentication();

        using var provider = services.BuildServiceProvider();
        using var scope = provider.CreateScope();

        Assert.IsType<BindingAuthenticationService>(scope.ServiceProvider.GetRequiredService<IAuthenticationService>());
    }

    [Fact]
    public void Where_there_is_no_authentication_none_is_added()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddHybridSession().UseInMemoryStore();
        using var provider = services.BuildServiceProvider();

        Assert.Null(provider.GetService<IAuthenticationService>());
    }

    private static SessionApp Site(bool authenticatesFirst, Action<HybridSessionOptions>? configure = null, Action<IApplicationBuilder>? configureBefore = null) => new()
    {
        Options = options =>
        {
            options.Users.BindOnSignIn = true;
            configure?.Invoke(options);
        },
        Services = static services => services.AddAuthentication(Scheme)
            .AddScheme<AuthenticationSchemeOptions, QueryHandler>(Scheme, null)
            .AddScheme<AuthenticationSchemeOptions, QueryHandler>(External, null),
        Before = app =>
        {
            if (authenticatesFirst) app.UseAuthentication();
            configureBefore?.Invoke(app);
        },
        After = app =>
        {
            if (!authenticatesFirst) app.UseAuthentication();
        },
    };

    private static ISessionAdministration Administration(SessionApp app) => app.Provider.GetRequiredService<ISessionAdministration>();

    private static ClaimsPrincipal Principal(string user) => new(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, user)], Scheme));

    private static Task SignInAsync(SessionApp app, Visitor visitor, string user) => AsAsync(app, visitor, null, context => context.SignInAsync(Principal(user)));

    private static Task AsAsync(SessionApp app, Visitor visitor, string? user, Action<HttpContext> act) => AsAsync(app, visitor, user, context =>
    {
        act(context);
        return Task.CompletedTask;
    });

    private static async Task AsAsync(SessionApp app, Visitor visitor, string? user, Func<HttpContext, Task> act)
    {
        var path = $"/as/{Interlocked.Increment(ref _paths)}";
        lock (app.Routes) app.Routes[path] = context => act(context);
        (await visitor.GetAsync(user is null ? path : $"{path}?user={user}")).EnsureSuccessStatusCode();
    }

    private sealed class QueryHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : SignInAuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        private static int _signIns;

        public static int SignIns => _signIns;

        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
            Request.Query["user"].ToString() is { Length: > 0 } user ? AuthenticateResult.Success(new AuthenticationTicket(Principal(user), Scheme.Name)) : AuthenticateResult.NoResult());

        protected override Task HandleSignInAsync(ClaimsPrincipal user, AuthenticationProperties? properties)
        {
            Interlocked.Increment(ref _signIns);
            return Task.CompletedTask;
        }

        protected override Task HandleSignOutAsync(AuthenticationProperties? properties) => Task.CompletedTask;
    }
}
