using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Aspire.Hosting.Dcp;

/// <summary>What DCP says about an executable or a container.</summary>
internal sealed record DcpStatus(string Name, string? State, int? Pid, int? ExitCode, DateTime? Started, DateTime? Finished);

/// <summary>
/// Aspire's orchestrator: starts processes and containers, watches them, and takes them down when this process dies, however it dies.
/// Its interface is that of a Kubernetes API server.
/// </summary>
internal sealed class DcpClient : IAsyncDisposable
{
    public const string Executables = "executables";
    public const string Containers = "containers";

    private const string Version = "usvc-dev.developer.microsoft.com/v1";

    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(2);

    // What belongs to the AppHost and not to what it starts.
    private static readonly string[] NotInherited =
        ["ASPNETCORE_URLS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT"];

    private readonly HttpClient _http;

    private DcpClient(HttpClient http) => _http = http;

    public static async Task<DcpClient> StartAsync(string dcpPath, CancellationToken cancellationToken)
    {
        // DCP removes the folder when it ends.
        var session = Directory.CreateTempSubdirectory("aspire-dcp-").FullName;
        var kubeconfig = Path.Combine(session, "kubeconfig");
        var start = new ProcessStartInfo(
            dcpPath,
            ["start-apiserver", "--monitor", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), "--monitor-interval", "1", "--detach", "--kubeconfig", kubeconfig])
        {
            WorkingDirectory = session,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in NotInherited)
        {
            start.Environment.Remove(name);
        }

        start.Environment["DCP_SESSION_FOLDER"] = session;
        using var process = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(StartsWithin, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            while (true)
            {
                if (await TryConnectAsync(kubeconfig, stop.Token) is { } client)
                {
                    return client;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, stop.Token);
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new DistributedApplicationException($"DCP ({dcpPath}) did not start within {StartsWithin.TotalSeconds} s.");
        }
    }

    public async Task CreateAsync(string kind, string name, JsonObject spec, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["apiVersion"] = Version,
            ["kind"] = kind == Executables ? "Executable" : "Container",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = spec,
        };
        using var response = await _http.PostAsJsonAsync(Address(kind), body, cancellationToken);
        await RequireSuccessAsync(response, cancellationToken);
    }

    /// <summary>Asks for an end: SIGTERM, and SIGKILL some seconds later.</summary>
    public async Task StopAsync(string kind, string name, CancellationToken cancellationToken)
    {
        using var content = new StringContent("""{"spec":{"stop":true}}""", MediaTypeHeaderValue.Parse("application/merge-patch+json"));
        using var response = await _http.PatchAsync(Address(kind, name), content, cancellationToken);
        await RequireSuccessAsync(response, cancellationToken);
    }

    public async Task DeleteAsync(string kind, string name, CancellationToken cancellationToken)
    {
        using var response = await _http.DeleteAsync(Address(kind, name), cancellationToken);
        if (response.StatusCode != HttpStatusCode.NotFound)
        {
            await RequireSuccessAsync(response, cancellationToken);
        }
    }

    /// <summary>Gives the present status of all, and every change after it, until the connection ends.</summary>
    public async IAsyncEnumerable<DcpStatus> WatchAsync(string kind, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in ReadLinesAsync(new Uri(Address(kind) + "?watch=true", UriKind.Relative), cancellationToken))
        {
            var change = JsonNode.Parse(line)!;
            if ((string?)change["type"] is "ADDED" or "MODIFIED")
            {
                var status = change["object"]!["status"];
                yield return new DcpStatus(
                    (string)change["object"]!["metadata"]!["name"]!,
                    (string?)status?["state"],
                    (int?)status?["pid"],
                    (int?)status?["exitCode"],
                    Time(status?["startupTimestamp"]),
                    Time(status?["finishTimestamp"]));
            }
        }

        static DateTime? Time(JsonNode? node) => node?.GetValue<DateTimeOffset>().UtcDateTime;
    }

    /// <summary>Gives what a resource writes, stamped, as long as it lives.</summary>
    public IAsyncEnumerable<string> ReadLogAsync(string kind, string name, string source, CancellationToken cancellationToken) =>
        ReadLinesAsync(new Uri($"{Address(kind, name)}/log?source={source}&follow=true&timestamps=true", UriKind.Relative), cancellationToken);

    /// <summary>Ends DCP, and with it whatever still runs.</summary>
    public async Task ShutDownAsync()
    {
        using var timeout = new CancellationTokenSource(EndsWithin, TimeProvider.System);
        try
        {
            using var content = new StringContent("""{"status":"Stopping"}""", MediaTypeHeaderValue.Parse("application/merge-patch+json"));
            using var response = await _http.PatchAsync(new Uri("/admin/execution", UriKind.Relative), content, timeout.Token);
            while (true)
            {
                using var alive = await _http.GetAsync(new Uri("/admin/execution", UriKind.Relative), timeout.Token);
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, timeout.Token);
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // It is gone; or it takes longer, and sees by itself that this process ends.
        }
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<DcpClient?> TryConnectAsync(string kubeconfig, CancellationToken cancellationToken)
    {
        if (!File.Exists(kubeconfig))
        {
            return null;
        }

        // It is YAML, but always of one shape, with one value for each of these.
        var values = (await File.ReadAllLinesAsync(kubeconfig, cancellationToken))
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(pair => pair is [_, { Length: > 0 }])
            .GroupBy(pair => pair[0]).ToDictionary(group => group.Key, group => group.First()[1]);
        if (!values.TryGetValue("token", out var token)
            || !values.TryGetValue("server", out var server)
            || !values.TryGetValue("certificate-authority-data", out var authority))
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(authority)));
        // The streams (watches, logs) stay open for as long as the application runs, and share a connection.
#pragma warning disable CA2000 // The client disposes its handler.
        var http = new HttpClient(new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
        })
        {
            BaseAddress = new Uri(server),
            DefaultRequestVersion = HttpVersion.Version20,
            Timeout = Timeout.InfiniteTimeSpan,
        };
#pragma warning restore CA2000
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using var response = await http.GetAsync(new Uri("/admin/execution", UriKind.Relative), cancellationToken);
            response.EnsureSuccessStatusCode();
            return new DcpClient(http);
        }
        catch (HttpRequestException)
        {
            http.Dispose();
            return null;
        }
    }

    private static string Address(string kind, string? name = null) => $"/apis/{Version}/{kind}{(name is null ? "" : "/" + name)}";

    private async IAsyncEnumerable<string> ReadLinesAsync(Uri address, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await RequireSuccessAsync(response, cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            yield return line;
        }
    }

    private static async Task RequireSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new DistributedApplicationException($"DCP answered {(int)response.StatusCode} to {response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.PathAndQuery}: {text}");
        }
    }
}
