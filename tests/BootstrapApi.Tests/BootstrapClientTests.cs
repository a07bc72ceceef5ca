using System.Net;
using System.Net.Sockets;
using System.Text;
using ChittyChat.TestSupport;

namespace ChittyChat.BootstrapApi.Tests;

/// <summary>The client against servers that misbehave. How it gets on with the real one is tested with the service.</summary>
public sealed class BootstrapClientTests : IDisposable
{
    private const string EmptyList = """{"contacts":[],"config":{"maxPeers":3,"minRefillCandidates":2,"leaseSeconds":30},"serverTime":"2026-01-01T00:00:00+00:00"}""";
    private const string Token = "the-token-of-the-contact";

    private static readonly BootstrapClientOptions Once = RunningBootstrap.Once;
    private static readonly BootstrapClientOptions Quickly = Once with { Retries = 3, RetryDelay = TimeSpan.FromMilliseconds(1) };

    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Where_nobody_listens_the_service_is_unreachable()
    {
        var address = UnusedAddress();

        var e = await FailsAsync(NewClient(address, Once).PingAsync());

        Assert.Equal((BootstrapFailure.Unreachable, null, true), (e.Failure, e.Status, e.IsTransient));
        Assert.StartsWith($"The bootstrap service at {address} cannot be reached: ", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("Check that it runs and that this is its address.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_does_not_exist_is_unreachable() =>
        Assert.Equal(BootstrapFailure.Unreachable, (await FailsAsync(NewClient(new Uri("http://unknown.invalid"), Once).PingAsync())).Failure);

    [Fact]
    public async Task A_connection_that_breaks_is_tried_again()
    {
        await using var server = new OddServer((number, stream, token) =>
            number < 3 ? BreakOffAsync(stream, token) : OddServer.SendAsync(stream, "200 OK", EmptyList, "application/json", token));

        Assert.Empty((await NewClient(server.Address, Quickly).ListAsync()).Contacts);

        Assert.Equal(3, server.Requests);
    }

    [Fact]
    public async Task After_the_last_try_the_last_failure_is_reported()
    {
        await using var server = new OddServer((_, stream, token) => BreakOffAsync(stream, token));

        var e = await FailsAsync(NewClient(server.Address, Quickly).ListAsync());

        Assert.Equal((BootstrapFailure.Unreachable, 4), (e.Failure, server.Requests));
    }

    [Fact]
    public async Task A_connection_that_is_closed_without_an_answer_is_unreachable()
    {
        await using var server = new OddServer((_, _, _) => Task.CompletedTask);

        Assert.Equal(BootstrapFailure.Unreachable, (await FailsAsync(NewClient(server.Address, Once).ListAsync())).Failure);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_unreachable()
    {
        await using var server = new OddServer(async (_, stream, token) =>
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"cont"u8.ToArray(), token));

        Assert.Equal(BootstrapFailure.Unreachable, (await FailsAsync(NewClient(server.Address, Once).ListAsync())).Failure);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_hangs_is_given_up_after_the_time_of_a_try(bool afterTheHead)
    {
        var time = new ManualTimeProvider();
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new OddServer(async (_, stream, token) =>
        {
            if (afterTheHead)
            {
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"u8.ToArray(), token);
            }

            hanging.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        });

        var call = NewClient(server.Address, Once with { TryTimeout = TimeSpan.FromSeconds(7) }, time).ListAsync();
        await hanging.Task.ComesAsync("the request");
        time.Advance(TimeSpan.FromSeconds(7) - TimeSpan.FromMilliseconds(1));
        Assert.False(call.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));

        var e = await FailsAsync(call);
        Assert.Equal((BootstrapFailure.TimedOut, true), (e.Failure, e.IsTransient));
        Assert.Contains("did not answer within 7 s, in 1 tries.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_waits_between_tries_grow_and_are_spread_by_the_random_numbers_that_were_given()
    {
        var time = new ManualTimeProvider();
        await using var server = new OddServer((_, stream, token) => BreakOffAsync(stream, token));
        var random = new CountingRandom();
        var options = Once with { Retries = 5 };

        var call = new BootstrapClient(_http, server.Address, random, options, time).ListAsync();
        var waits = new List<TimeSpan>();
        while (waits.Count < options.Retries)
        {
            // The time limit of a try is another timer.
            waits.Add(await time.NextWaitAsync(wait => wait != options.TryTimeout));
            time.Advance(waits[^1]);
        }

        Assert.Equal(BootstrapFailure.Unreachable, (await FailsAsync(call)).Failure);
        Assert.Equal((6, 5), (server.Requests, random.Drawn));
        Assert.True(waits[4] > 2 * waits[0], $"the waits do not grow: {string.Join(", ", waits)}");
    }

    [Theory]
    [InlineData("500 Internal Server Error", BootstrapFailure.ServerError, 4)]
    [InlineData("502 Bad Gateway", BootstrapFailure.Unavailable, 4)]
    [InlineData("503 Service Unavailable", BootstrapFailure.Unavailable, 4)]
    [InlineData("504 Gateway Timeout", BootstrapFailure.Unavailable, 4)]
    [InlineData("429 Too Many Requests", BootstrapFailure.Unavailable, 4)]
    [InlineData("400 Bad Request", BootstrapFailure.Invalid, 1)]
    [InlineData("401 Unauthorized", BootstrapFailure.Refused, 1)]
    [InlineData("403 Forbidden", BootstrapFailure.Refused, 1)]
    [InlineData("404 Not Found", BootstrapFailure.Malformed, 1)]
    [InlineData("409 Conflict", BootstrapFailure.Conflict, 1)]
    [InlineData("418 I'm a teapot", BootstrapFailure.Malformed, 1)]
    public async Task The_status_decides_what_failed_and_whether_it_is_tried_again(string status, BootstrapFailure expected, int tries)
    {
        await using var server = OddServer.Answering(status, "<html>Oops</html>", "text/html");

        var e = await FailsAsync(NewClient(server.Address, Quickly).RenewAsync("a", Token));

        Assert.Equal((expected, tries), (e.Failure, server.Requests));
        Assert.Equal(int.Parse(status.AsSpan(0, 3), provider: null), (int?)e.Status);
        Assert.Contains(server.Address.ToString(), e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_service_says_about_a_failure_is_in_the_message()
    {
        await using var server = OddServer.Answering(
            "404 Not Found", """{"type":"urn:chittychat:bootstrap:not-listed","title":"Not on the list","status":404,"detail":"Join or so."}""", "application/problem+json");

        var e = await FailsAsync(NewClient(server.Address, Once).RenewAsync("a", Token));

        Assert.Equal((BootstrapFailure.NotFound, HttpStatusCode.NotFound), (e.Failure, e.Status));
        Assert.Equal($"The bootstrap service at {server.Address} does not list the contact (status 404). Join or so.", e.Message);
    }

    [Theory]
    [InlineData("<html>Welcome to the router</html>")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"contacts":null,"config":{"maxPeers":3,"minRefillCandidates":2,"leaseSeconds":30},"serverTime":"2026-01-01T00:00:00+00:00"}""")]
    [InlineData("""{"contacts":[null],"config":{"maxPeers":3,"minRefillCandidates":2,"leaseSeconds":30},"serverTime":"2026-01-01T00:00:00+00:00"}""")]
    public async Task A_success_with_anything_but_the_expected_json_is_malformed(string body)
    {
        await using var server = OddServer.Answering("200 OK", body);

        var e = await FailsAsync(NewClient(server.Address, Quickly).ListAsync());

        Assert.Equal((BootstrapFailure.Malformed, false, 1), (e.Failure, e.IsTransient, server.Requests));
        Assert.StartsWith($"What answers at {server.Address} is not a bootstrap service of this version: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_speak_http_is_malformed()
    {
        await using var server = new OddServer(async (_, stream, token) => await stream.WriteAsync("SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray(), token));

        Assert.Equal(BootstrapFailure.Malformed, (await FailsAsync(NewClient(server.Address, Once).ListAsync())).Failure);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using var server = new OddServer(async (_, stream, token) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n["u8.ToArray(), token);
            var blanks = Encoding.ASCII.GetBytes(new string(' ', 64 * 1024));
            while (true)
            {
                await stream.WriteAsync(blanks, token);
            }
        });

        Assert.Equal(BootstrapFailure.Malformed, (await FailsAsync(NewClient(server.Address, Once).ListAsync())).Failure);
    }

    [Fact]
    public async Task The_callers_own_cancellation_is_not_a_failure_of_the_service()
    {
        await using var server = new OddServer((_, _, token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token));
        using var cancellation = new CancellationTokenSource();

        var call = NewClient(server.Address, Quickly).ListAsync(cancellation.Token);
        await server.NextRequestAsync();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task Paths_are_beneath_the_address_and_ids_cannot_leave_them()
    {
        await using var server = OddServer.Answering("503 Service Unavailable", "");
        var client = NewClient(new Uri(server.Address, "lab/bootstrap"), Once);

        await FailsAsync(client.ListAsync());
        await FailsAsync(client.LeaveAsync("a/../b ?c", Token));

        Assert.Equal(["GET /lab/bootstrap/v1/contacts HTTP/1.1", "DELETE /lab/bootstrap/v1/contacts/a%2F..%2Fb%20%3Fc HTTP/1.1"], server.FirstLines);
    }

    [Theory]
    [InlineData("ftp://localhost/")]
    [InlineData("localhost:5000")]
    public void An_address_that_is_not_http_is_refused(string address) =>
        Assert.Contains("one such as http://localhost:5000 is expected", Assert.Throws<ArgumentException>(() => NewClient(new Uri(address, UriKind.RelativeOrAbsolute), Once)).Message, StringComparison.Ordinal);

    [Fact]
    public void Options_have_ranges()
    {
        BootstrapClientOptions[] wrong =
        [
            new() { TryTimeout = TimeSpan.FromMilliseconds(9) }, new() { TryTimeout = TimeSpan.FromMinutes(2) },
            new() { Retries = -1 }, new() { Retries = 21 },
            new() { RetryDelay = TimeSpan.FromMilliseconds(-1) }, new() { RetryDelay = TimeSpan.FromSeconds(6) },
        ];

        Assert.All(wrong, options => Assert.Throws<ArgumentOutOfRangeException>(() => NewClient(new Uri("http://localhost"), options)));
    }

    // Not even the first line: had nothing come at all, the HTTP handler would have tried again by itself, unseen by the client.
    private static async Task BreakOffAsync(NetworkStream stream, CancellationToken cancellationToken) =>
        await stream.WriteAsync("HTTP/1.1 200"u8.ToArray(), cancellationToken);

    private static Task<BootstrapException> FailsAsync(Task call) => Assert.ThrowsAsync<BootstrapException>(() => call);

    private static Uri UnusedAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://{listener.LocalEndpoint}");
    }

    private BootstrapClient NewClient(Uri address, BootstrapClientOptions options, TimeProvider? time = null) => new(_http, address, new Random(1), options, time);

    private sealed class CountingRandom() : Random(1)
    {
        public int Drawn { get; private set; }

        public override double NextDouble()
        {
            Drawn++;
            return base.NextDouble();
        }
    }
}
