using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace HybridSession.Middleware.Tests.Apps.Mvc;

public sealed record Guest([Required, MaxLength(40)] string Name);

/// <summary>Counts visits and remembers a name in the session; says what happened by TempData.</summary>
[Route("guestbook")]
[AutoValidateAntiforgeryToken]
public sealed class GuestbookController : Controller
{
    [HttpGet("")]
    public IActionResult Index()
    {
        var visits = (HttpContext.Session.GetInt32("visits") ?? 0) + 1;
        HttpContext.Session.SetInt32("visits", visits);
        return View("/Apps/Mvc/Guestbook.cshtml", visits);
    }

    [HttpPost("sign")]
    public IActionResult Sign(Guest guest)
    {
        if (!ModelState.IsValid) TempData["notice"] = "Who are you?";
        else
        {
            HttpContext.Session.SetString("name", guest.Name);
            TempData["notice"] = $"Thank you, {guest.Name}.";
        }

        return RedirectToAction(nameof(Index));
    }

    [HttpPost("leave")]
    public IActionResult Leave()
    {
        HttpContext.Session.Clear();
        TempData["notice"] = "Good-bye.";
        return RedirectToAction(nameof(Index));
    }
}
