using System.Collections.Concurrent;
using ChittyChat.TestSupport;
using Microsoft.Playwright;

namespace ChittyChat.Dashboard.Tests;

/// <summary>One headless Chromium, Debian's, for all tests of a class.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Executable = "/usr/bin/chromium";

    private static readonly float Patience = (float)Eventually.Limit.TotalMilliseconds;

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        Assert.True(File.Exists(Executable), $"{Executable} is not there; the browser tests need it: apt-get install chromium");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Executable, Args = Arguments });
        Assertions.SetDefaultExpectTimeout(Patience);
    }

    public async Task DisposeAsync()
    {
        await (_browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        _playwright?.Dispose();
    }

    internal async Task<BrowserPage> OpenAsync(string address, int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(Patience);
        var page = new BrowserPage(context, await context.NewPageAsync());
        await page.OpenAsync(address);
        return page;
    }
}

/// <summary>A page in a window of its own. Disposing it fails the test if the browser's console showed an error.</summary>
internal sealed class BrowserPage(IBrowserContext context, IPage page) : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _errors = new();

    public IPage Page => page;

    public IKeyboard Keyboard => page.Keyboard;

    /// <summary>Set when what the test does must show in the console.</summary>
    public bool ExpectsErrors { get; set; }

    public async Task OpenAsync(string address)
    {
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _errors.Enqueue($"{message.Type}: {message.Text} ({message.Location})");
            }
        };
        page.PageError += (_, error) => _errors.Enqueue(error);
        page.RequestFailed += (_, request) => _errors.Enqueue($"{request.Method} {request.Url}: {request.Failure}");
        await page.GotoAsync(address);
    }

    public ILocator Id(string testId) => page.GetByTestId(testId);

    public ILocator Views(string peer) => page.Locator($"[data-testid=view][data-peer='{peer}']");

    public ILocator Peer(string name) => page.Locator($"[data-testid=peer][data-peer='{name}']");

    public ILocator Message(string text) => page.GetByTestId("message").Filter(new LocatorFilterOptions { HasText = text });

    public ILocator Cell(string text, string peer) => Message(text).Locator($"td[data-of='{peer}'] .cell");

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        Assert.True(ExpectsErrors || _errors.IsEmpty, "The browser's console shows:\n" + string.Join('\n', _errors));
    }
}
