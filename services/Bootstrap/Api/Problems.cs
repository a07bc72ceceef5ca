using System.Text.Json;
using ChittyChat.BootstrapApi;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace ChittyChat.Bootstrap;

/// <summary>The errors that the service answers, as problem details (RFC 9457).</summary>
internal static class Problems
{
    public static IResult Invalid(Dictionary<string, string[]> errors) => TypedResults.ValidationProblem(
        errors, "The request is not acceptable; see errors.", title: "Invalid request", type: BootstrapProblem.InvalidRequest);

    public static IResult Unreadable(string detail) =>
        Problem(StatusCodes.Status400BadRequest, BootstrapProblem.InvalidRequest, "Invalid request", detail);

    /// <summary>Says what to do where the framework gives only a status.</summary>
    public static void Explain(ProblemDetailsContext context) => context.ProblemDetails.Detail ??= context.ProblemDetails.Status switch
    {
        StatusCodes.Status404NotFound => "There is nothing at this path; /openapi/v1.json describes what there is.",
        StatusCodes.Status405MethodNotAllowed => "This path has other methods; the header Allow names them, and /openapi/v1.json describes them.",
        StatusCodes.Status413PayloadTooLarge => "The body is too large; 16 kB are accepted.",
        StatusCodes.Status415UnsupportedMediaType => "The body must be JSON and say so: Content-Type: application/json.",
        StatusCodes.Status500InternalServerError => "The service failed; its log says how, under the trace id.",
        _ => null,
    };

    public static IResult TokenMissing(HttpResponse response)
    {
        response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        return Problem(StatusCodes.Status401Unauthorized, BootstrapProblem.TokenMissing, "Token missing",
            "This call needs a token: send it as 'Authorization: Bearer <token>'.");
    }

    public static IResult ContactTokenWrong(string id) => Problem(StatusCodes.Status403Forbidden, BootstrapProblem.TokenWrong, "Wrong token",
        $"The token is not the one of contact {id}. Send the one that joining with this id returned.");

    public static IResult AdminTokenWrong() => Problem(StatusCodes.Status403Forbidden, BootstrapProblem.TokenWrong, "Wrong token",
        "The token is not the administrator's. Send the one that the service was started with (Bootstrap__AdminToken).");

    public static IResult AdminTokenNotConfigured() => Problem(
        StatusCodes.Status403Forbidden, BootstrapProblem.AdminTokenNotConfigured, "No administrator's token",
        "This call needs the administrator's token, and the service has none. Start it with one of 16 or more characters in Bootstrap__AdminToken.");

    public static IResult NotListed(string id) => Problem(StatusCodes.Status404NotFound, BootstrapProblem.NotListed, "Not on the list",
        $"No contact {id} is on the list: it never was, left, was replaced, or its lease ran out. Join or refill.");

    public static IResult IdTaken(string id) => Problem(StatusCodes.Status409Conflict, BootstrapProblem.IdTaken, "Id taken",
        $"A contact {id} with another token is on the list. Take another id, or send the token that joining with this one returned.");

    public static IResult StoreUnavailable(string detail) =>
        Problem(StatusCodes.Status503ServiceUnavailable, BootstrapProblem.StoreUnavailable, "Store unavailable", detail);

    private static ProblemHttpResult Problem(int status, string type, string title, string detail) =>
        TypedResults.Problem(detail, statusCode: status, title: title, type: type);
}

/// <summary>Answers the exceptions that are the caller's or the store's fault; any other is a fault of this service, logged and answered with 500.</summary>
internal sealed class ExpectedExceptions : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var answer = exception switch
        {
            StoreUnavailableException e => Problems.StoreUnavailable(e.Message),
            BadHttpRequestException { InnerException: JsonException e } => Problems.Unreadable($"The body is not the JSON that this call expects: {e.Message}"),
            BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } => Problems.Unreadable("This call expects a body in JSON; see /openapi/v1.json."),
            BadHttpRequestException e => TypedResults.Problem(statusCode: e.StatusCode),
            _ => null,
        };
        if (answer is null)
        {
            return false;
        }

        await answer.ExecuteAsync(httpContext);
        return true;
    }
}
