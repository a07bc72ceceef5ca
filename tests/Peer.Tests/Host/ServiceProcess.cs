using System.Globalization;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>The bootstrap service or the registry as a process, on ports that stay the same when it is started again; its store is its memory.</summary>
internal sealed class ServiceProcess : ChildProcess
{
    /// <summary>The secret of the bootstrap service's administrator.</summary>
    public const string AdminToken = "the-secret-of-the-administrator";

    private ServiceProcess(string assembly, string name, Dictionary<string, string> environment)
        : base(assembly, name, environment, [])
    {
    }

    public static Task<ServiceProcess> StartBootstrapAsync(int port, int leaseSeconds = 30) => StartAsync("ChittyChat.Bootstrap.dll", "bootstrap", port, new()
    {
        ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
        ["Bootstrap__Store"] = "memory",
        ["Bootstrap__AdminToken"] = AdminToken,
        ["Bootstrap__LeaseSeconds"] = leaseSeconds.ToString(CultureInfo.InvariantCulture),
    });

    public static Task<ServiceProcess> StartRegistryAsync(int port) => StartAsync("ChittyChat.Registry.dll", "registry", port, new()
    {
        ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
        ["GRPC_PORT"] = port.ToString(CultureInfo.InvariantCulture),
        ["Registry__Lease"] = "00:00:05",
    });

    private static async Task<ServiceProcess> StartAsync(string assembly, string name, int port, Dictionary<string, string> environment)
    {
        var service = new ServiceProcess(assembly, name, environment);
        await service.SeesAsync($":{port}");
        return service;
    }
}
