using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;

namespace HybridSession.EndToEnd.Tests.Browser;

/// <summary>The Chromium of this machine, with the means to look like a phone or like the evening.</summary>
internal sealed class ChromeBrowser : IDisposable
{
    private static readonly string[] Browsers = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];
    private static readonly string[] Drivers = ["/usr/bin/chromedriver", "/usr/lib/chromium-browser/chromedriver"];

    private readonly ChromeDriverService _service;
    private readonly string _profile = Directory.CreateTempSubdirectory("hs-chrome-").FullName;

    public ChromeBrowser()
    {
        var (browser, driver) = (Browsers.FirstOrDefault(File.Exists), Drivers.FirstOrDefault(File.Exists));
        PostgresNeeded.Need(browser is not null && driver is not null, "Chromium and its driver are not installed (on Debian: apt-get install chromium chromium-driver).");

        // Named explicitly, or Selenium would look for a driver to download.
        _service = ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(driver)!, Path.GetFileName(driver)!);
        _service.HideCommandPromptWindow = true;
        var options = new ChromeOptions { BinaryLocation = browser };
        options.AddArguments(
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", $"--user-data-dir={_profile}");
        Driver = new ChromeDriver(_service, options, TimeSpan.FromSeconds(90));
        Driver.Manage().Timeouts().PageLoad = TimeSpan.FromSeconds(60);
        Show(Screen.Desktop);
    }

    public ChromeDriver Driver { get; }

    public IWebElement Find(string css) => Driver.FindElement(By.CssSelector(css));

    /// <summary>Waits until an element holds a text; after a click the old page may be there for a moment more.</summary>
    public Task ShowsAsync(string css, string text) => WhenLoadedAsync(css, element => element.Text.Contains(text, StringComparison.Ordinal), $"The page shows '{text}' at {css}");

    /// <summary>Clicks on an element as soon as the page has it.</summary>
    public Task ClickAsync(string css) => WhenLoadedAsync(
        css,
        element =>
        {
            element.Click();
            return true;
        },
        $"The page has {css}");

    private Task WhenLoadedAsync(string css, Func<IWebElement, bool> use, string what) => Until.TrueAsync(
        () =>
        {
            try
            {
                return Driver.FindElements(By.CssSelector(css)) is [var element, ..] && use(element);
            }
            catch (StaleElementReferenceException)
            {
                // The page gave way to the next one between the look and the use.
                return false;
            }
        },
        what);

    public string? Cookie(string name) => Driver.Manage().Cookies.GetCookieNamed(name)?.Value;

    public void Show(Screen screen) => Driver.ExecuteCdpCommand("Emulation.setDeviceMetricsOverride", new()
    {
        ["width"] = screen == Screen.Phone ? 390 : 1280,
        ["height"] = screen == Screen.Phone ? 844 : 900,
        ["deviceScaleFactor"] = screen == Screen.Phone ? 2 : 1,
        ["mobile"] = screen == Screen.Phone,
    });

    public void PreferDark(bool dark) => Driver.ExecuteCdpCommand("Emulation.setEmulatedMedia", new()
    {
        ["features"] = new object[] { new Dictionary<string, object> { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" } },
    });

    /// <summary>Whether the page is wider than the screen, so that a reader has to push it about.</summary>
    public bool Overflows() => (bool)Driver.ExecuteScript("return document.documentElement.scrollWidth > document.documentElement.clientWidth")!;

    /// <summary>The whole page as a picture, for people to look at.</summary>
    public void Picture(string name)
    {
        var picture = (Dictionary<string, object?>)Driver.ExecuteCdpCommand("Page.captureScreenshot", new() { ["format"] = "png", ["captureBeyondViewport"] = true })!;
        File.WriteAllBytes(Path.Combine(Pictures(), $"{name}.png"), Convert.FromBase64String((string)picture["data"]!));
    }

    /// <summary>Messages of the browser about the page: refused content, missing files, errors.</summary>
    public IReadOnlyList<string> Complaints() => [.. Driver.Manage().Logs.GetLog(LogType.Browser).Select(l => l.Message)];

    public void Dispose()
    {
        Driver.Quit();
        Driver.Dispose();
        _service.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    private static string Pictures()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (folder.Name == "artifacts") return folder.CreateSubdirectory("screenshots").FullName;
        return Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "screenshots")).FullName;
    }
}

/// <summary>What the page is looked at with.</summary>
internal enum Screen
{
    /// <summary>1280 wide.</summary>
    Desktop,

    /// <summary>390 wide, two device pixels each.</summary>
    Phone,
}
