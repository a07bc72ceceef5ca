using System.Net.Http.Headers;
using Microsoft.Extensions.Options;

namespace ChittyChat.Bootstrap;

/// <summary>The token that came with a request (RFC 6750), and what it allows.</summary>
internal sealed class CallerToken
{
    private readonly string? _adminToken;

    private CallerToken(string? value, bool isMalformed, string? adminToken) => (Value, IsMalformed, _adminToken) = (value, isMalformed, adminToken);

    /// <summary>The token; null when none came, or none that could be one.</summary>
    public string? Value { get; }

    /// <summary>Whether an Authorization header came that has no token in it.</summary>
    public bool IsMalformed { get; }

    /// <summary>Whether it is the administrator's.</summary>
    public bool IsAdmin => Value is not null && _adminToken is not null && TokenHash.Of(Value) == TokenHash.Of(_adminToken);

    // Bound by the endpoints' parameters.
    public static ValueTask<CallerToken> BindAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var adminToken = context.RequestServices.GetRequiredService<IOptions<BootstrapOptions>>().Value.AdminToken;
        var value = AuthenticationHeaderValue.TryParse(header, out var parsed) && parsed.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            && parsed.Parameter is { } token && RequestRules.IsToken(token) ? token : null;
        return ValueTask.FromResult(new CallerToken(value, isMalformed: header.Length > 0 && value is null, adminToken));
    }

    /// <summary>Gives the answer to a caller who is not the administrator; null for the administrator.</summary>
    public IResult? RefuseUnlessAdmin(HttpResponse response) =>
        _adminToken is null ? Problems.AdminTokenNotConfigured()
        : Value is null ? Problems.TokenMissing(response)
        : IsAdmin ? null
        : Problems.AdminTokenWrong();
}
