using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HybridSession.Middleware.Tests.Endpoints.Pages;

[SessionDurability(Durability.Durable)]
public sealed class StrictModel : PageModel
{
    public void OnGet() => EndpointSite.Change(HttpContext);
}

public sealed class LaxModel : PageModel
{
    public void OnGet() => EndpointSite.Change(HttpContext);
}
