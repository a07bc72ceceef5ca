using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ChittyChat.TestServer.Runs;
using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Processes;

/// <summary>Bootstrap service, registry and Redis of one run, as processes on ports that stay the same when they are started again. Redis keeps nothing on disk.</summary>
internal sealed class OwnServices(IReadOnlyList<ServiceKind> declared, string directory, TimeProvider time) : IAsyncDisposable
{
    private const string RedisIsReady = "Ready to accept connections";

    private static readonly TimeSpan HealthInterval = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<ServiceKind, ChildProcess> _processes = [];
    private readonly string _redisPassword = RandomNumberGenerator.GetHexString(24, lowercase: true);
    private readonly int _bootstrapPort = FreePort();
    private readonly int _registryPort = FreePort();
    private readonly int _registryHttpPort = FreePort();
    private readonly int _redisPort = FreePort();

    /// <summary>What a peer is told of the services.</summary>
    public IEnumerable<string> PeerArguments
    {
        get
        {
            if (declared.Contains(ServiceKind.Bootstrap))
            {
                yield return "--bootstrap";
                yield return $"http://127.0.0.1:{_bootstrapPort}";
            }

            if (declared.Contains(ServiceKind.Registry))
            {
                yield return "--registry";
                yield return $"http://127.0.0.1:{_registryPort}";
            }
        }
    }

    /// <summary>Whether a service runs that knows whom to contact.</summary>
    public bool KnowsContacts => IsRunning(ServiceKind.Bootstrap) || IsRunning(ServiceKind.Registry);

    /// <summary>Starts all that are declared, those first that others need.</summary>
    public async Task StartAllAsync(CancellationToken cancellationToken)
    {
        if (declared.Contains(ServiceKind.Redis))
        {
            await StartAsync(ServiceKind.Redis, cancellationToken);
        }

        await Task.WhenAll(declared.Where(service => service != ServiceKind.Redis).Select(service => StartAsync(service, cancellationToken)));
    }

    /// <inheritdoc cref="IStage.ActAsync(ServiceKind, ProcessAction, CancellationToken)"/>
    public async Task ActAsync(ServiceKind service, ProcessAction action, CancellationToken cancellationToken)
    {
        switch (action)
        {
            case ProcessAction.Start:
                await StartAsync(service, cancellationToken);
                break;
            case ProcessAction.Restart:
                await Running(service).KillAsync();
                await StartAsync(service, cancellationToken);
                break;
            case ProcessAction.Crash:
                await Running(service).KillAsync();
                break;
            default:
                await Running(service).SignalAsync(action == ProcessAction.Stop ? "STOP" : "CONT", cancellationToken);
                break;
        }
    }

    /// <summary>Continues those that are stopped.</summary>
    public Task ContinueAllAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_processes.Values.Where(process => process is { IsStopped: true, HasExited: false }).Select(process => process.SignalAsync("CONT", cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.Values)
        {
            await process.DisposeAsync();
        }
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Name(ServiceKind service) => service.ToString().ToLowerInvariant();

    private bool IsRunning(ServiceKind service) => _processes.TryGetValue(service, out var process) && process is { HasExited: false, IsStopped: false };

    private ChildProcess Running(ServiceKind service) => _processes.TryGetValue(service, out var process) && !process.HasExited
        ? process
        : throw new StageException($"the {Name(service)} does not run");

    private async Task StartAsync(ServiceKind service, CancellationToken cancellationToken)
    {
        if (_processes.Remove(service, out var former))
        {
            if (!former.HasExited)
            {
                _processes.Add(service, former);
                throw new StageException($"the {Name(service)} runs already");
            }

            await former.DisposeAsync();
        }

        var process = Create(service);
        lock (_processes)
        {
            _processes.Add(service, process);
        }

        if (service == ServiceKind.Redis)
        {
            await process.FeedAsync(string.Create(CultureInfo.InvariantCulture, $"port {_redisPort}\nbind 127.0.0.1\nrequirepass {_redisPassword}\nsave \"\"\nappendonly no\n"));
        }

        var exit = process.ExitAsync(cancellationToken);
        var ready = service == ServiceKind.Redis ? process.Ready : HealthyAsync(service, cancellationToken);
        if (await Task.WhenAny(exit, ready).WaitAsync(cancellationToken) == exit)
        {
            throw new StageException($"the {Name(service)} ended with code {await exit}: {process.LastWords}");
        }

        await ready;
    }

    private ChildProcess Create(ServiceKind service)
    {
        var log = Path.Combine(directory, $"{Name(service)}.log");
        var environment = new Dictionary<string, string>();
        if (declared.Contains(ServiceKind.Redis))
        {
            environment["ConnectionStrings__redis"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_redisPort},password={_redisPassword}");
        }

        switch (service)
        {
            case ServiceKind.Redis:
                // The configuration goes through standard input, so that the password is on nobody's list of processes.
                return new ChildProcess(Name(service), "redis-server", ["-"], new Dictionary<string, string>(), log, RedisIsReady);
            case ServiceKind.Bootstrap:
                environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{_bootstrapPort}";
                environment["Bootstrap__Store"] = declared.Contains(ServiceKind.Redis) ? "redis" : "memory";
                return new ChildProcess(Name(service), Programs.Bootstrap, [], environment, log);
            default:
                environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{_registryHttpPort}";
                environment["GRPC_PORT"] = _registryPort.ToString(CultureInfo.InvariantCulture);
                return new ChildProcess(Name(service), Programs.Registry, [], environment, log);
        }
    }

    // Services of the system have no way to call back; their health is asked for until it is good.
    private async Task HealthyAsync(ServiceKind service, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        var address = new Uri($"http://127.0.0.1:{(service == ServiceKind.Bootstrap ? _bootstrapPort : _registryHttpPort)}/health");
        while (true)
        {
            try
            {
                using var response = await client.GetAsync(address, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }

            await Task.Delay(HealthInterval, time, cancellationToken);
        }
    }
}
