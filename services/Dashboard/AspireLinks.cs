using Microsoft.Extensions.Options;

namespace ChittyChat.Dashboard;

/// <summary>Section <c>AspireDashboard</c> of the configuration.</summary>
internal sealed class AspireDashboardOptions
{
    /// <summary>Where a browser finds the Aspire dashboard.</summary>
    /// <value>Default: none, and the page has no links to it.</value>
    public Uri? Url { get; set; }
}

/// <summary>Addresses of pages of the Aspire dashboard; null when it is not configured.</summary>
internal sealed class AspireLinks(IOptions<AspireDashboardOptions> options)
{
    private readonly string? _url = options.Value.Url?.GetLeftPart(UriPartial.Path).TrimEnd('/');

    public string? Home => _url;

    public string? Resource(string peer) => _url is null ? null : $"{_url}/?resource={Uri.EscapeDataString(peer)}";

    public string? Console(string peer) => _url is null ? null : $"{_url}/consolelogs/resource/{Uri.EscapeDataString(peer)}";

    public string? Trace(string traceId) => _url is null || traceId.Length == 0 ? null : $"{_url}/traces/detail/{Uri.EscapeDataString(traceId)}";
}
