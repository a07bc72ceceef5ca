using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Polly;
using Polly.Retry;
using Polly.Timeout;
using Json = ChittyChat.BootstrapApi.BootstrapJsonContext;

namespace ChittyChat.BootstrapApi;

/// <summary>
/// Calls a bootstrap service. Safe to use from any thread. Every call is safe to repeat, so calls that fail for a passing reason are tried again,
/// after a wait that grows and is spread at random. It never writes to a log or to the console.
/// </summary>
/// <remarks>
/// Every failure is a <see cref="BootstrapException"/>; if the caller cancels, it is an <see cref="OperationCanceledException"/> instead.
/// The waiting follows "Exponential Backoff And Jitter" (M. Brooker, AWS Architecture Blog, 2015), as Polly implements it.
/// </remarks>
public sealed class BootstrapClient
{
    // A full list of 1000 contacts with long names is about 1 MB.
    private const int MaxAnswerBytes = 8 * 1024 * 1024;

    private readonly HttpClient _http;
    private readonly BootstrapClientOptions _options;
    private readonly ResiliencePipeline _pipeline;

    /// <summary>Makes a client; nothing is sent yet.</summary>
    /// <param name="http">Sends the requests; stays the caller's to dispose. Its own <see cref="HttpClient.Timeout"/> must not be shorter than a try's.</param>
    /// <param name="address">Where the service is, for example <c>http://localhost:5000</c>; may have a path.</param>
    /// <param name="random">Spreads the waits.</param>
    /// <param name="options">How patient to be; null for the defaults.</param>
    /// <param name="time">Times tries and waits; null for the system's clock.</param>
    /// <exception cref="ArgumentException"><paramref name="address"/> is not an absolute http or https address.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value of <paramref name="options"/> is out of its range.</exception>
    public BootstrapClient(HttpClient http, Uri address, Random random, BootstrapClientOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(random);
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"The address of the bootstrap service is '{address}'; one such as http://localhost:5000 is expected.", nameof(address));
        }

        _http = http;
        _options = options ?? new BootstrapClientOptions();
        _options.Check();
        // Without the slash at its end the last part of a path would be lost when the call's own path is added.
        Address = address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
        _pipeline = BuildPipeline(_options, random, time ?? TimeProvider.System);
    }

    /// <summary>Where the service is, with a slash at the end.</summary>
    public Uri Address { get; }

    /// <summary>Asks whether the service is there at all. Its store may be away nevertheless.</summary>
    /// <exception cref="BootstrapException">It is not there.</exception>
    public Task<PingResponse> PingAsync(CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Get, "v1/ping", null, null, Json.Default.PingResponse, cancellationToken);

    /// <summary>Gives the contacts and the rules in force.</summary>
    /// <exception cref="BootstrapException">The list could not be had.</exception>
    public Task<ContactList> ListAsync(CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Get, "v1/contacts", null, null, Json.Default.ContactList, cancellationToken);

    /// <summary>Puts a peer on the list if there is room, and gives the list in any case. Repeating it with the same token renews the lease.</summary>
    /// <param name="id">The peer's id, which stays the same for the session.</param>
    /// <param name="request">The peer.</param>
    /// <param name="token">The peer's secret, from <see cref="ContactToken.Create"/>; the same for the session.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BootstrapException">The peer could not join, for example <see cref="BootstrapFailure.Conflict"/>: another peer has the id.</exception>
    public Task<JoinResponse> JoinAsync(string id, JoinRequest request, string token, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Put, ContactPath(id), token, () => JsonContent.Create(request, Json.Default.JoinRequest), Json.Default.JoinResponse, cancellationToken);

    /// <summary>Renews the lease of a contact.</summary>
    /// <exception cref="BootstrapException">It was not renewed, for example <see cref="BootstrapFailure.NotFound"/>: it is not on the list any more.</exception>
    public Task<RenewResponse> RenewAsync(string id, string token, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Post, ContactPath(id) + "/renew", token, null, Json.Default.RenewResponse, cancellationToken);

    /// <summary>Takes a contact off the list.</summary>
    /// <param name="id">The contact's id.</param>
    /// <param name="token">The contact's own token, or the administrator's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>False if it was not on the list (any more).</returns>
    /// <exception cref="BootstrapException">It could not be taken off.</exception>
    public async Task<bool> LeaveAsync(string id, string token, CancellationToken cancellationToken = default)
    {
        try
        {
            await CallAsync(HttpMethod.Delete, ContactPath(id), token, null, Json.Default.ContactList, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (BootstrapException gone) when (gone.Failure is BootstrapFailure.NotFound)
        {
            return false;
        }
    }

    /// <summary>Offers a peer as an entry point: it fills a free place, or takes that of the newest contact if it is older.</summary>
    /// <exception cref="BootstrapException">The service could not decide.</exception>
    public Task<RefillResponse> RefillAsync(RefillRequest request, string token, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Post, "v1/refill", token, () => JsonContent.Create(request, Json.Default.RefillRequest), Json.Default.RefillResponse, cancellationToken);

    /// <summary>Gives the rules in force.</summary>
    /// <exception cref="BootstrapException">They could not be had.</exception>
    public Task<BootstrapConfig> GetConfigAsync(CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Get, "v1/config", null, null, Json.Default.BootstrapConfig, cancellationToken);

    /// <summary>Sets the rules. A list that has become too long loses its newest contacts.</summary>
    /// <exception cref="BootstrapException">They were not set, for example <see cref="BootstrapFailure.Refused"/>: it needs the administrator's token.</exception>
    public Task<ConfigResponse> PutConfigAsync(BootstrapConfig config, string adminToken, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Put, "v1/config", adminToken, () => JsonContent.Create(config, Json.Default.BootstrapConfig), Json.Default.ConfigResponse, cancellationToken);

    /// <summary>Takes all contacts off the list; the rules stay.</summary>
    /// <exception cref="BootstrapException">It was not emptied, for example <see cref="BootstrapFailure.Refused"/>: it needs the administrator's token.</exception>
    public Task<ContactList> ResetAsync(string adminToken, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Delete, "v1/contacts", adminToken, null, Json.Default.ContactList, cancellationToken);

    private static ResiliencePipeline BuildPipeline(BootstrapClientOptions options, Random random, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        if (options.Retries > 0)
        {
            // Random is not safe for several threads; the client is.
            var gate = new Lock();
            builder.AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<TimeoutRejectedException>().Handle<BootstrapException>(e => e.IsTransient),
                MaxRetryAttempts = options.Retries,
                Delay = options.RetryDelay,
                MaxDelay = BootstrapClientOptions.MaxRetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Randomizer = () =>
                {
                    lock (gate)
                    {
                        return random.NextDouble();
                    }
                },
            });
        }

        return builder.AddTimeout(options.TryTimeout).Build();
    }

    private static string ContactPath(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return "v1/contacts/" + Uri.EscapeDataString(id);
    }

    private async Task<T> CallAsync<T>(
        HttpMethod method, string path, string? token, Func<HttpContent>? body, JsonTypeInfo<T> answer, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(
                async tryToken => await TryAsync(method, path, token, body, answer, tryToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException e)
        {
            throw new BootstrapException(BootstrapFailure.TimedOut, string.Create(CultureInfo.InvariantCulture,
                $"The bootstrap service at {Address} did not answer within {_options.TryTimeout.TotalSeconds} s, in {_options.Retries + 1} tries. It may be overloaded or hung; try again later."), innerException: e);
        }
    }

    private async Task<T> TryAsync<T>(
        HttpMethod method, string path, string? token, Func<HttpContent>? body, JsonTypeInfo<T> answer, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path)) { Content = body?.Invoke() };
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            await response.Content.LoadIntoBufferAsync(MaxAnswerBytes, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? await response.Content.ReadFromJsonAsync(answer, cancellationToken).ConfigureAwait(false) ?? throw Malformed("the body is null", response.StatusCode, null)
                : throw await ReadFailureAsync(response, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded)
        {
            throw Malformed(e.Message, null, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new BootstrapException(BootstrapFailure.Unreachable,
                $"The bootstrap service at {Address} cannot be reached: {e.GetBaseException().Message}. Check that it runs and that this is its address.", innerException: e);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            throw Malformed(e.Message, null, e);
        }
    }

    private async Task<BootstrapException> ReadFailureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var problem = await ReadProblemAsync(response, cancellationToken).ConfigureAwait(false);
        var said = Describe(problem);
        return (int)response.StatusCode switch
        {
            400 or 405 or 413 or 415 => Failed(BootstrapFailure.Invalid, "did not accept the request", "Correct the request."),
            401 or 403 => Failed(BootstrapFailure.Refused, "refused the call", "Give the right token."),
            404 when problem?.Type == BootstrapProblem.NotListed => Failed(BootstrapFailure.NotFound, "does not list the contact", "Join or refill again."),
            409 => Failed(BootstrapFailure.Conflict, "has another peer under this id", "Take another id."),
            408 or 429 or 502 or 503 or 504 => Failed(BootstrapFailure.Unavailable, "is unavailable", "Try again later."),
            500 => Failed(BootstrapFailure.ServerError, "failed", "Its log says what happened."),
            _ => Malformed($"status {(int)response.StatusCode}", response.StatusCode, null),
        };

        BootstrapException Failed(BootstrapFailure failure, string what, string advice) => new(failure,
            $"The bootstrap service at {Address} {what} (status {(int)response.StatusCode}). {said ?? advice}", response.StatusCode);
    }

    // A proxy in between may answer anything; then the status alone has to do.
    private static async Task<ProblemBody?> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            return null;
        }

        try
        {
            return await response.Content.ReadFromJsonAsync(ProblemJsonContext.Default.ProblemBody, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Describe(ProblemBody? problem) => problem switch
    {
        { Errors.Count: > 0 } => string.Join(' ', problem.Errors.Select(e => $"{e.Key}: {string.Join(' ', e.Value)}")),
        _ => problem?.Detail ?? problem?.Title,
    };

    private BootstrapException Malformed(string what, HttpStatusCode? status, Exception? inner) => new(BootstrapFailure.Malformed,
        $"What answers at {Address} is not a bootstrap service of this version: {what}. Check the address.", status, inner);
}
