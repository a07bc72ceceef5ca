using Microsoft.Extensions.Configuration;

namespace ChittyChat.ServiceDefaults;

/// <summary>Finds the endpoints of other services where the AppHost put them: <c>services__{service}__{endpoint}__0</c>.</summary>
public static class ServiceEndpoints
{
    /// <summary>Gives the address of <paramref name="service"/>'s endpoint named <paramref name="endpoint"/>, or null when none is configured.</summary>
    /// <exception cref="InvalidOperationException">The configured value is not an absolute http or https address.</exception>
    public static Uri? FindServiceEndpoint(this IConfiguration configuration, string service, string endpoint)
    {
        var key = $"services:{service}:{endpoint}:0";
        var value = configuration[key];
        if (string.IsNullOrWhiteSpace(value))
        {
            return null;
        }

        return Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new InvalidOperationException(
                $"The configuration value {key.Replace(":", "__", StringComparison.Ordinal)} is '{value}'; an address such as http://localhost:5000 is expected.");
    }
}
