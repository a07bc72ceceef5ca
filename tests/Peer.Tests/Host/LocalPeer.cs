using ChittyChat.Peer.Control;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Prompt;
using ChittyChat.ServiceDefaults;
using ChittyChat.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>A whole peer within the test's process, listening on loopback. Pulling its crash switch only completes <see cref="Crashed"/>.</summary>
internal sealed class LocalPeer : IAsyncDisposable
{
    private readonly TaskCompletionSource _crashed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringWriter _error = new();

    private LocalPeer(Dictionary<string, string?> settings)
    {
        var console = new PeerConsole(Stream.Null, Stream.Null, Stream.Null, _error, InputIsTerminal: false, CanEdit: false, HasColours: false);
        App = PeerHost.Build(settings, console, new Random(settings["Peer:Name"]!.GetHashCode(StringComparison.Ordinal)), builder =>
        {
            builder.Logging.ClearProviders().AddProvider(Logs);
            builder.Services.Replace(ServiceDescriptor.Singleton(new CrashSwitch(() => _crashed.TrySetResult())));
        });
        Http = new HttpClient();
    }

    public ErrorLogs Logs { get; } = new();

    public WebApplication App { get; }

    public HttpClient Http { get; }

    public PeerLifecycle Lifecycle => App.Services.GetRequiredService<PeerLifecycle>();

    public Task Crashed => _crashed.Task;

    /// <summary>Starts a peer, and waits until it is in the chat.</summary>
    public static async Task<LocalPeer> StartAsync(string name, params (string Key, string Value)[] settings)
    {
        var peer = new LocalPeer(new(settings.Append(("Peer:Name", name)).Select(setting => KeyValuePair.Create(setting.Item1, (string?)setting.Item2))));
        await peer.App.StartAsync();
        await peer.Lifecycle.Joined.WaitAsync(TimeSpan.FromSeconds(30));
        peer.Http.BaseAddress = peer.App.Services.GetRequiredService<ServicePorts>().Http;
        return peer;
    }

    /// <summary>Says goodbye and stops.</summary>
    public Task StopAsync() => App.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.DisposeAsync();
        _error.Dispose();
        Logs.Dispose();
    }
}
