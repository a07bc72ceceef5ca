using System.Collections.Concurrent;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Commands;
using ChittyChat.Peer.Control;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Prompt;
using ChittyChat.ServiceDefaults;
using ChittyChat.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>A whole peer within the test's process, listening on loopback. Pulling its crash switch only completes <see cref="Crashed"/>.</summary>
internal sealed class LocalPeer : IAsyncDisposable
{
    private readonly TaskCompletionSource _crashed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, int> _seen = new(StringComparer.Ordinal);
    private readonly StringWriter _error = new();
    private bool _isStarted;
    private Task? _stopping;

    private LocalPeer(Dictionary<string, string?> settings)
    {
        var console = new PeerConsole(Stream.Null, Stream.Null, Stream.Null, _error, InputIsTerminal: false, CanEdit: false, HasColours: false);
        App = PeerHost.Build(settings, console, new Random(settings["Peer:Name"]!.GetHashCode(StringComparison.Ordinal)), builder =>
        {
            builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(ConsoleLoggerProvider)));
            builder.Logging.AddProvider(Logs);
            builder.Services.Replace(ServiceDescriptor.Singleton(new CrashSwitch(() => _crashed.TrySetResult())));
            builder.Services.Replace(ServiceDescriptor.Singleton(new PauseSwitch(
                duration =>
                {
                    Pauses.Enqueue(duration);
                    return Task.FromResult("goes on");
                },
                obstacle: null)));
        });
        Http = new HttpClient();
    }

    public ErrorLogs Logs { get; } = new();

    public WebApplication App { get; }

    public HttpClient Http { get; }

    public PeerLifecycle Lifecycle => App.Services.GetRequiredService<PeerLifecycle>();

    public PeerCommands Commands => App.Services.GetRequiredService<PeerCommands>();

    /// <summary>The texts that were delivered here, those of joined and left too.</summary>
    public string[] Texts => [.. App.Services.GetRequiredService<ChatPeer>().Deliveries.Newest(int.MaxValue).Select(delivery => delivery.TextString)];

    /// <summary>How long the process was asked to hang; it never does.</summary>
    public ConcurrentQueue<TimeSpan> Pauses { get; } = new();

    public Task Crashed => _crashed.Task;

    /// <summary>A peer that is made, and never started.</summary>
    public static LocalPeer Unstarted(string name) => new(new() { ["Peer:Name"] = name });

    /// <summary>Starts a peer, and waits until it is in the chat.</summary>
    public static async Task<LocalPeer> StartAsync(string name, params (string Key, string Value)[] settings)
    {
        var peer = new LocalPeer(new(settings.Append(("Peer:Name", name)).Select(setting => KeyValuePair.Create(setting.Item1, (string?)setting.Item2))));
        await peer.App.StartAsync();
        peer._isStarted = true;
        await peer.Lifecycle.Joined.ComesAsync($"{name} in the chat");
        peer.Http.BaseAddress = peer.App.Services.GetRequiredService<ServicePorts>().Http;
        return peer;
    }

    /// <summary>Runs a line as the prompt does; it has to succeed. Gives what it wrote.</summary>
    public async Task<string> ExecuteAsync(string line)
    {
        var output = new Lines();
        var outcome = await Commands.ExecuteAsync(line, output, CancellationToken.None).ComesAsync($"the end of {line}");
        Assert.True(outcome.Succeeded, $"{line} failed: {output.Errors}");
        return output.Text;
    }

    /// <summary>Waits until a text that contains <paramref name="part"/> was delivered here, one more than the last wait for it has seen.</summary>
    public async Task SeesAsync(string part)
    {
        var wanted = _seen.AddOrUpdate(part, 1, (_, count) => count + 1);
        using var timeout = new CancellationTokenSource(Eventually.Limit, TimeProvider.System);
        using var follower = App.Services.GetRequiredService<ChatPeer>().Deliveries.Follow();
        using var wakeOnTimeout = timeout.Token.Register(follower.Signal.Set);
        while (Texts.Count(text => text.Contains(part, StringComparison.Ordinal)) < wanted)
        {
            Assert.False(timeout.IsCancellationRequested, $"'{part}' was not delivered {wanted} times. Delivered: {string.Join(" | ", Texts)}");
            await follower.Signal.WaitAsync();
        }
    }

    /// <summary>Says goodbye and stops, once.</summary>
    public Task StopAsync() => _stopping ??= App.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_isStarted)
        {
            // As the program does: a host that still serves while its services are disposed fails the calls of the other peers.
            await StopAsync();
        }

        await App.DisposeAsync();
        _error.Dispose();
        Logs.Dispose();
    }
}
