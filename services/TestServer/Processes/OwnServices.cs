using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ChittyChat.TestServer.Runs;
using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Processes;

/// <summary>Bootstrap service, registry and Redis of one run, as processes on ports that stay the same when they are started again. Redis keeps nothing on disk.</summary>
/// <param name="declared">Which of them there are.</param>
/// <param name="options">Of the stage.</param>
/// <param name="watch">Looks after a process that is not to end by itself.</param>
/// <param name="time">The clock.</param>
internal sealed class OwnServices(IReadOnlyList<ServiceKind> declared, OwnStageOptions options, Action<string, ChildProcess> watch, TimeProvider time) : IAsyncDisposable
{
    private const string RedisIsReady = "Ready to accept connections";

    private static readonly TimeSpan HealthInterval = TimeSpan.FromMilliseconds(50);

    // Below the range from which the system takes the ports of outgoing connections: one of those would be in the way of a restart.
    private const int FirstPort = 10_240;
    private const int LastPort = 32_000;

    private readonly ConcurrentDictionary<ServiceKind, ChildProcess> _processes = new();
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
        Task.WhenAll(_processes.Values.Select(process => process.ContinueAsync(cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.Values)
        {
            await process.DisposeAsync();
        }
    }

    /// <summary>A port that was free a moment ago, for TCP and for UDP.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(FirstPort, LastPort);
            if (IsFree(port, SocketType.Stream, ProtocolType.Tcp) && IsFree(port, SocketType.Dgram, ProtocolType.Udp))
            {
                return port;
            }
        }
    }

    private static bool IsFree(int port, SocketType type, ProtocolType protocol)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Name(ServiceKind service) => service.ToString().ToLowerInvariant();

    private bool IsRunning(ServiceKind service) => _processes.TryGetValue(service, out var process) && process is { HasExited: false, IsStopped: false };

    private ChildProcess Running(ServiceKind service) => _processes.TryGetValue(service, out var process) && !process.HasExited
        ? process
        : throw new StageException($"the {Name(service)} does not run");

    private async Task StartAsync(ServiceKind service, CancellationToken cancellationToken)
    {
        if (_processes.TryGetValue(service, out var former))
        {
            if (!former.HasExited)
            {
                throw new StageException($"the {Name(service)} runs already");
            }

            await former.DisposeAsync();
        }

        var process = Create(service);
        _processes[service] = process;
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
        watch(Name(service), process);
    }

    private ChildProcess Create(ServiceKind service)
    {
        var log = Path.Combine(options.Directory, $"{Name(service)}.log");
        var environment = new Dictionary<string, string>();
        if (declared.Contains(ServiceKind.Redis))
        {
            environment["ConnectionStrings__redis"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_redisPort},password={_redisPassword}");
        }

        switch (service)
        {
            case ServiceKind.Redis:
                // The configuration goes through standard input, so that the password is on nobody's list of processes.
                return new ChildProcess(Name(service), "redis-server", ["-"], new Dictionary<string, string>(), log, RedisIsReady, options.Guard);
            case ServiceKind.Bootstrap:
                environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{_bootstrapPort}";
                environment["Bootstrap__Store"] = declared.Contains(ServiceKind.Redis) ? "redis" : "memory";
                return new ChildProcess(Name(service), Programs.Bootstrap, [], environment, log, guard: options.Guard);
            default:
                environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{_registryHttpPort}";
                environment["GRPC_PORT"] = _registryPort.ToString(CultureInfo.InvariantCulture);
                return new ChildProcess(Name(service), Programs.Registry, [], environment, log, guard: options.Guard);
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
