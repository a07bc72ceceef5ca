using System.Net;
using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Faults;
using ChittyChat.Peer.Links;
using ChittyChat.TestSupport;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using EventKind = ChittyChat.Peer.Chat.EventKind;

namespace ChittyChat.Peer.Tests.Support;

/// <summary>A chat peer on a real port, over a scripted membership.</summary>
internal sealed class TestPeer : IAsyncDisposable
{
    // Two peers never draw the same session, not even the second of a name.
    private static int _seed;

    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;
    private readonly ScriptedCluster _cluster;

    private TestPeer(WebApplication app, ScriptedCluster cluster, RecordingLog log, ErrorLogs errors)
    {
        _app = app;
        _cluster = cluster;
        Log = log;
        Errors = errors;
        Chat = app.Services.GetRequiredService<ChatPeer>();
        Room = app.Services.GetRequiredService<ChatRoom>();
        Mesh = app.Services.GetRequiredService<LinkMesh>();
        Faults = app.Services.GetRequiredService<FaultInjector>();
        Address = new Uri(app.Urls.Single());
        _channel = GrpcChannel.ForAddress(Address);
        Client = new Contracts.V1.Chat.ChatClient(_channel);
        Lab = new Lab.LabClient(_channel);
        Links = new PeerLink.PeerLinkClient(_channel);
    }

    public ChatPeer Chat { get; }

    public ChatRoom Room { get; }

    public LinkMesh Mesh { get; }

    public FaultInjector Faults { get; }

    public RecordingLog Log { get; }

    public ErrorLogs Errors { get; }

    public Uri Address { get; }

    public Contracts.V1.Chat.ChatClient Client { get; }

    public Lab.LabClient Lab { get; }

    public PeerLink.PeerLinkClient Links { get; }

    public ScriptedMembership Membership { get; private set; } = null!;

    /// <summary>Starts to serve; does not join.</summary>
    public static async Task<TestPeer> ServeAsync(ScriptedCluster cluster, string name, Action<ChatOptions>? configure = null)
    {
        var log = new RecordingLog();
        var errors = new ErrorLogs();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Information).AddProvider(errors);
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new Random(Interlocked.Increment(ref _seed)));
        builder.Services.AddSingleton<IChatLog>(log);
        builder.Services.AddChat();
        builder.Services.Configure<ChatOptions>(o =>
        {
            o.Name = name;
            configure?.Invoke(o);
        });
        var app = builder.Build();
        app.MapChat();
        await app.StartAsync();
        return new TestPeer(app, cluster, log, errors);
    }

    /// <summary>Starts to serve, joins, and waits until all others have heard of it. <paramref name="advertised"/> is where the others dial it, when that is not where it is.</summary>
    public static async Task<TestPeer> StartAsync(
        ScriptedCluster cluster, string name, Action<ChatOptions>? configure = null, Func<TestPeer, Uri>? advertised = null)
    {
        var peer = await ServeAsync(cluster, name, configure);
        var others = cluster.Peers.ToArray();
        var before = others.Select(o => o.Log.Count(EventKind.Joined, name)).ToArray();
        await peer.JoinAsync(advertised?.Invoke(peer));
        for (var i = 0; i < others.Length; i++)
        {
            await others[i].Log.UntilAsync(d => d.Count(x => x.Kind == EventKind.Joined && x.Participant == name) > before[i], $"{name} to join");
        }

        cluster.Peers.Add(peer);
        return peer;
    }

    public async Task JoinAsync(Uri? advertised = null)
    {
        Membership = _cluster.Join(Chat.Name, Chat.Session, advertised ?? Address);
        await Chat.JoinAsync(Membership, CancellationToken.None);
    }

    public async Task<Published> PublishAsync(string text) => await Chat.PublishAsync(text, CancellationToken.None);

    /// <summary>Waits until messages reach all of them.</summary>
    public async Task IsHeardByAsync(params TestPeer[] others)
    {
        var text = $"probe {Room.Clock.Tick()} of {Chat.Name}";
        await PublishAsync(text);
        foreach (var other in others)
        {
            await other.Log.HasAsync(text);
        }
    }

    /// <summary>Ends as a crash does for the others: no goodbye.</summary>
    public async Task CrashAsync()
    {
        _cluster.Peers.Remove(this);
        var now = new CancellationToken(canceled: true);
        await Mesh.StopAsync(now);
        await _app.StopAsync(now);
    }

    public async ValueTask DisposeAsync()
    {
        _cluster.Peers.Remove(this);
        if (Chat.IsJoined)
        {
            using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            await Chat.LeaveAsync(now.Token);
        }

        _channel.Dispose();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        Log.Dispose();
        Errors.Dispose();
    }
}
