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
            BadHttpRequestException e => TypedResults.Problem(
                e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message, statusCode: e.StatusCode, type: BootstrapProblem.InvalidRequest),
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
