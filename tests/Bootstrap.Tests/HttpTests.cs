using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ChittyChat.TestSupport;

namespace ChittyChat.Bootstrap.Tests;

/// <summary>The service over HTTP, as callers in other languages meet it.</summary>
public sealed class HttpTests
{
    private const string Peer = """{"name":"alice","address":"127.0.0.1:7946"}""";
    private const string Rules = """{"maxPeers":3,"minRefillCandidates":2,"leaseSeconds":30}""";

    [Theory]
    [InlineData("GET", "/v1/nothing", "", 404, "There is nothing at this path")]
    [InlineData("POST", "/v1/contacts", "", 405, "This path has other methods")]
    [InlineData("GET", "/v1/refill", "", 405, "This path has other methods")]
    [InlineData("PUT", "/v1/contacts/a", "", 400, "This call expects a body in JSON")]
    [InlineData("PUT", "/v1/contacts/a", "null", 400, "This call expects a body in JSON")]
    [InlineData("PUT", "/v1/contacts/a", "{", 400, "The body is not the JSON that this call expects: ")]
    [InlineData("PUT", "/v1/contacts/a", """{"name":"alice"}""", 400, "missing required properties including: 'address'")]
    [InlineData("PUT", "/v1/contacts/a", """{"name":null,"address":"a:1"}""", 400, "The body is not the JSON that this call expects: ")]
    [InlineData("PUT", "/v1/contacts/a", """{"name":"","address":"a:1"}""", 400, "The name must be 1 to 128 characters")]
    [InlineData("PUT", "/v1/contacts/a%20b", Peer, 400, "The id must be 1 to 64 ASCII letters")]
    [InlineData("PUT", "/v1/contacts/a%2Fb", Peer, 400, "The id must be 1 to 64 ASCII letters")]
    [InlineData("POST", "/v1/refill", """{"id":"a","name":"n","address":"a:1","members":0}""", 400, "members is 0; 1 to")]
    [InlineData("POST", "/v1/refill", """{"id":"a","name":"n","address":"a:1","members":"2"}""", 400, "$.members")]
    [InlineData("POST", "/v1/contacts/a/renew", "", 401, "This call needs a token")]
    [InlineData("DELETE", "/v1/contacts/a", "", 401, "This call needs a token")]
    [InlineData("DELETE", "/v1/contacts", "", 401, "This call needs a token")]
    [InlineData("PUT", "/v1/config", Rules, 401, "This call needs a token")]
    public async Task What_is_wrong_is_answered_with_problem_details_that_say_so(string method, string path, string body, int status, string part)
    {
        await using var service = await RunningBootstrap.StartAsync();

        using var response = await SendAsync(service, method, path, body);

        await AssertProblemAsync(response, status, part);
        Assert.Equal(status == 401 ? "Bearer" : "", response.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("text/plain", 415, "Content-Type: application/json")]
    [InlineData("application/x-www-form-urlencoded", 415, "Content-Type: application/json")]
    public async Task A_body_that_is_not_said_to_be_json_is_refused(string contentType, int status, string part)
    {
        await using var service = await RunningBootstrap.StartAsync();
        using var content = new StringContent(Peer, Encoding.UTF8, contentType);

        using var response = await service.Http.PutAsync("/v1/contacts/a", content);

        await AssertProblemAsync(response, status, part);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        await using var service = await RunningBootstrap.StartAsync();

        using var response = await SendAsync(service, "PUT", "/v1/contacts/a", new string(' ', 16 * 1024) + Peer);

        await AssertProblemAsync(response, 413, "16 kB are accepted");
    }

    [Theory]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Bearer")]
    [InlineData("Bearer tooshort")]
    [InlineData("Bearer with blanks in the token")]
    public async Task A_header_that_has_no_token_in_it_is_refused(string header)
    {
        await using var service = await RunningBootstrap.StartAsync();
        using var join = await SendAsync(service, "PUT", "/v1/contacts/a", Peer, header);
        using var leave = await SendAsync(service, "DELETE", "/v1/contacts/a", "", header);

        await AssertProblemAsync(join, 400, "'Bearer' and a token are expected.");
        await AssertProblemAsync(leave, 401, "send it as 'Authorization: Bearer <token>'");
    }

    [Fact]
    public async Task Who_brings_no_token_gets_one_that_works()
    {
        await using var service = await RunningBootstrap.StartAsync();
        using var joined = await SendAsync(service, "PUT", "/v1/contacts/a", Peer);
        using var answer = JsonDocument.Parse(await joined.Content.ReadAsStringAsync());
        var token = answer.RootElement.GetProperty("token").GetString();

        using var renewed = await SendAsync(service, "POST", "/v1/contacts/a/renew", "", $"Bearer {token}");
        using var left = await SendAsync(service, "DELETE", "/v1/contacts/a", "", $"bearer {token}");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (renewed.StatusCode, left.StatusCode));
    }

    [Fact]
    public async Task The_list_is_camel_case_json_with_times_in_utc_and_shows_no_secret()
    {
        await using var service = await RunningBootstrap.StartAsync();
        using var joined = await SendAsync(service, "PUT", "/v1/contacts/a", Peer, "Bearer a-token-of-the-peer");

        var list = await service.Http.GetStringAsync("/v1/contacts");

        Assert.Equal(
            """{"contacts":[{"id":"a","name":"alice","address":"127.0.0.1:7946","since":"2026-01-01T00:00:00+00:00","leaseExpires":"2026-01-01T00:00:30+00:00"}], """.Trim()
            + """ "config":{"maxPeers":3,"minRefillCandidates":2,"leaseSeconds":30},"serverTime":"2026-01-01T00:00:00+00:00"}""".Trim(), list);
    }

    [Fact]
    public async Task The_token_is_neither_logged_nor_stored()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("chittychat-bootstrap-").FullName, "bootstrap.json");
        await using var service = await RunningBootstrap.StartAsync("Bootstrap:Store=file", $"Bootstrap:FilePath={path}", "Logging:LogLevel:Default=Trace");
        using var joined = await SendAsync(service, "PUT", "/v1/contacts/a", Peer, "Bearer a-token-of-the-peer");

        Assert.Equal(HttpStatusCode.OK, joined.StatusCode);
        Assert.DoesNotContain("a-token-of-the-peer", await File.ReadAllTextAsync(path), StringComparison.Ordinal);
        Assert.DoesNotContain(service.Logs.Lines, line => line.Contains("a-token-of-the-peer", StringComparison.Ordinal));
        Assert.Contains(service.Logs.Lines, line => line.Contains("Contact a (alice) at 127.0.0.1:7946 was added", StringComparison.Ordinal));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public async Task The_open_api_document_describes_every_call_with_its_errors()
    {
        await using var service = await RunningBootstrap.StartAsync();

        using var document = JsonDocument.Parse(await service.Http.GetStringAsync("/openapi/v1.json"));

        var calls = from path in document.RootElement.GetProperty("paths").EnumerateObject()
                    from operation in path.Value.EnumerateObject()
                    let statuses = operation.Value.GetProperty("responses").EnumerateObject().Select(r => r.Name)
                    select $"{operation.Name} {path.Name} {string.Join(',', statuses)}";
        Assert.Equal(
            [
                "delete /v1/contacts 200,401,403,503",
                "delete /v1/contacts/{id} 200,401,403,404,503",
                "get /v1/config 200,503",
                "get /v1/contacts 200,503",
                "get /v1/ping 200",
                "post /v1/contacts/{id}/renew 200,401,403,404,503",
                "post /v1/refill 200,400,409,503",
                "put /v1/config 200,400,401,403,503",
                "put /v1/contacts/{id} 200,400,409,503",
            ],
            calls.Order(StringComparer.Ordinal));
        var schemas = document.RootElement.GetProperty("components").GetProperty("schemas");
        Assert.Equal("integer", schemas.GetProperty("BootstrapConfig").GetProperty("properties").GetProperty("maxPeers").GetProperty("type").GetString());
        Assert.Equal(
            ["added", "renewed", "replaced", "notOlder", "tooFewMembers"],
            schemas.GetProperty("RefillOutcome").GetProperty("enum").EnumerateArray().Select(value => value.GetString()));
    }

    [Fact]
    public async Task The_page_for_people_lists_the_contacts_and_links_to_the_rest()
    {
        await using var service = await RunningBootstrap.StartAsync();
        using var joined = await SendAsync(service, "PUT", "/v1/contacts/a", """{"name":"<script>alert(1)</script>","address":"127.0.0.1:7946"}""");

        using var response = await service.Http.GetAsync("/");

        var page = await response.Content.ReadAsStringAsync();
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("<td>&lt;script&gt;alert(1)&lt;/script&gt;</td><td>127.0.0.1:7946</td><td>a</td>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.Contains("1 of at most 3 contacts.", page, StringComparison.Ordinal);
        foreach (var link in new[] { "/openapi/v1.json", "/health", "/v1/contacts" })
        {
            Assert.Contains($"href=\"{link}\"", page, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(link)).StatusCode);
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(RunningBootstrap service, string method, string path, string body, string? authorization = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body.Length > 0)
        {
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return await service.Http.SendAsync(request);
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, int status, string part)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal((status, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        using var problem = JsonDocument.Parse(body);
        Assert.Equal(status, problem.RootElement.GetProperty("status").GetInt32());
        var said = problem.RootElement.GetProperty("detail").GetString()
            + (problem.RootElement.TryGetProperty("errors", out var errors)
                ? string.Join(' ', errors.EnumerateObject().SelectMany(e => e.Value.EnumerateArray().Select(m => m.GetString()))) : "");
        Assert.Contains(part, said, StringComparison.Ordinal);
    }
}
