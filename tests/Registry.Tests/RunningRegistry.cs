using ChittyChat.Contracts.V1;
using ChittyChat.ServiceDefaults;
using ChittyChat.TestSupport;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RegistryClient = ChittyChat.Contracts.V1.Registry.RegistryClient;

namespace ChittyChat.Registry.Tests;

/// <summary>The registry as Program.cs composes it, in this process, on free ports, with a client. Disposing it fails on unexpected error logs.</summary>
internal sealed class RunningRegistry : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;

    private RunningRegistry(WebApplication app, ErrorLogs logs)
    {
        _app = app;
        Logs = logs;
        Metrics = new MetricReader(app.Services);
        _channel = GrpcChannel.ForAddress(Ports.Grpc);
        Client = new RegistryClient(_channel);
        Http = new HttpClient { BaseAddress = Ports.Http };
    }

    public ErrorLogs Logs { get; }

    public MetricReader Metrics { get; }

    public RegistryClient Client { get; }

    public HttpClient Http { get; }

    public ServicePorts Ports => _app.Services.GetRequiredService<ServicePorts>();

    /// <summary>Starts a registry; with <paramref name="time"/> its clock is the test's own, else leases are so long that none runs out by itself.</summary>
    public static async Task<RunningRegistry> StartAsync(string? redis = null, TimeProvider? time = null, params (string Key, string Value)[] settings)
    {
        var logs = new ErrorLogs();
        var lease = time is null ? TimeSpan.FromHours(1) : new RegistryOptions().Lease;
        var builder = WebApplication.CreateBuilder();
        // Whatever the environment of the test run says does not matter, and how busy the machine is must not.
        builder.Configuration
            .AddInMemoryCollection([
                new("urls", null), new(KestrelPorts.GrpcPortKey, null), new("ConnectionStrings:redis", redis),
                new("Registry:StoreTimeout", "00:00:30"), new("Registry:Lease", $"{lease:c}")])
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>(s.Key, s.Value)));
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.AddServiceDefaults();
        builder.AddGrpcPort();
        builder.AddRegistry();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGrpcService<RegistryService>();
        await app.StartAsync();
        return new RunningRegistry(app, logs);
    }

    /// <summary>Registers a member that the test needs.</summary>
    public async Task RegisterAsync(RegisteredMember member) => await Client.RegisterAsync(new RegisterRequest { Member = member });

    /// <summary>Watches from <paramref name="after"/>; returns when the registry has attached the watcher.</summary>
    public async Task<WatchReader> WatchAsync(ulong after = 0)
    {
        var reader = new WatchReader(Client.Watch(new WatchRequest { AfterRevision = after }));
        await reader.AttachedAsync();
        return reader;
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _channel.Dispose();
        await _app.StopAsync();
        Metrics.Dispose();
        await _app.DisposeAsync();
        Logs.AssertNone();
    }
}
