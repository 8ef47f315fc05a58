using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HybridSession.Middleware.Tests.Apps.Pages;

/// <summary>A basket in the session, changed by the handlers of a page, which say what they did by TempData.</summary>
public sealed class BasketModel : PageModel
{
    private const string Key = "basket";

    [TempData]
    public string? Notice { get; set; }

    public IReadOnlyList<string> Items => HttpContext.Session.GetString(Key)?.Split('\n') ?? [];

    public IActionResult OnPostAdd(string item)
    {
        HttpContext.Session.SetString(Key, string.Join('\n', Items.Append(item)));
        Notice = $"{item} is in the basket.";
        return RedirectToPage();
    }

    public IActionResult OnPostEmpty()
    {
        HttpContext.Session.Remove(Key);
        Notice = "The basket is empty.";
        return RedirectToPage();
    }
}
