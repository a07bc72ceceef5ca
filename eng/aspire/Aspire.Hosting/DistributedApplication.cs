using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public class DistributedApplicationException(string message) : Exception(message);

/// <summary>The running application.</summary>
public class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost _host;
    private readonly EntryPointRun? _run;
    private bool _started;

    internal DistributedApplication(IHost host, EntryPointRun? run) => (_host, _run) = (host, run);

    public IServiceProvider Services => _host.Services;

    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(new DistributedApplicationOptions { Args = args });

    public virtual async Task StartAsync(CancellationToken cancellationToken = default)
    {
        _started = true;
        await _host.StartAsync(cancellationToken);
    }

    public virtual async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (_started)
        {
            _started = false;
            await _host.StopAsync(cancellationToken);
        }
    }

    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (_run is null)
        {
            await StartAsync(cancellationToken);
        }

        // In a test it is the test that starts and disposes; the entry point only stays until it has.
        await _host.WaitForShutdownAsync(cancellationToken);
        if (_run is null)
        {
            await DisposeAsync();
        }
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _host.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await StopAsync(CancellationToken.None);
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
