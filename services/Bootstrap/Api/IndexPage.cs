using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace ChittyChat.Bootstrap;

/// <summary>A page for people: the contacts, and where to go from here.</summary>
internal static class IndexPage
{
    private const string Head =
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="refresh" content="5">
        <title>Chitty-Chat: bootstrap</title>
        <style>
        :root { color-scheme: light dark; font-family: system-ui, sans-serif; }
        body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.5; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); white-space: nowrap; }
        </style>
        </head>
        <body>
        <h1>Whom to contact first</h1>
        """;

    private const string Links =
        """
        <p><a href="/openapi/v1.json">OpenAPI document</a> · <a href="/health">health</a> · <a href="/v1/contacts">contacts as JSON</a></p>
        </body>
        </html>
        """;

    public static void MapIndexPage(this IEndpointRouteBuilder routes) => routes.MapGet("/", GetAsync).ExcludeFromDescription();

    private static async Task<IResult> GetAsync(EntryPointList list, HttpResponse response, CancellationToken cancellationToken)
    {
        response.Headers[HeaderNames.ContentSecurityPolicy] = "default-src 'none'; style-src 'unsafe-inline'";
        try
        {
            return Page(StatusCodes.Status200OK, Describe((await list.ReadAsync(cancellationToken)).Book, list.Now));
        }
        catch (StoreUnavailableException e)
        {
            return Page(StatusCodes.Status503ServiceUnavailable, $"<p role=\"alert\">The list is unavailable. {Encode(e.Message)}</p>");
        }
    }

    private static ContentHttpResult Page(int status, string body) => TypedResults.Content(Head + body + Links, "text/html; charset=utf-8", Encoding.UTF8, status);

    private static string Describe(ContactBook book, DateTimeOffset now)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture,
            $"<p>{book.Contacts.Length} of at most {book.Config.MaxPeers} contacts. A lease lasts {book.Config.LeaseSeconds} s; a refill counts from {book.Config.MinRefillCandidates} members on.</p>");
        html.Append("<div class=\"wide\"><table><tr><th>Name</th><th>Address</th><th>Id</th><th>Up since</th><th>Lease left</th></tr>");
        foreach (var contact in book.Contacts)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Encode(contact.Name)}</td><td>{Encode(contact.Address)}</td><td>{Encode(contact.Id)}</td>");
            html.Append(CultureInfo.InvariantCulture, $"<td>{contact.Since:yyyy-MM-dd HH:mm:ss} UTC</td><td>{(contact.LeaseExpires - now).TotalSeconds:0} s</td></tr>");
        }

        return html.Append("</table></div>").ToString();
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
