using System.Net;
using ChittyChat.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Dashboard.Tests.Fakes;

/// <summary>A gRPC server on loopback that can vanish, as a killed process does, and come back at the same address.</summary>
internal sealed class FakeServer(Action<IServiceCollection> services, Action<WebApplication> map) : IAsyncDisposable
{
    private readonly int _port = Ports.Free();
    private WebApplication? _app;

    public string Address => $"http://127.0.0.1:{_port}";

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, _port, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        services(builder.Services);
        _app = builder.Build();
        map(_app);
        await _app.StartAsync();
    }

    /// <summary>No goodbye: connections are cut.</summary>
    public async Task VanishAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync(new CancellationToken(canceled: true));
            await app.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await VanishAsync();
}
