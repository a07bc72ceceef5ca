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
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
        if (_run is not null)
        {
            // In a test it is the test that starts and stops; the entry point only stays until it has.
            await _disposed.Task.WaitAsync(cancellationToken);
            return;
        }

        await StartAsync(cancellationToken);
        await _host.WaitForShutdownAsync(cancellationToken);
        _started = false;
        await DisposeAsync();
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _host.Dispose();
        _disposed.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await StopAsync(CancellationToken.None);
        await ((IAsyncDisposable)_host).DisposeAsync();
        _disposed.TrySetResult();
    }
}
