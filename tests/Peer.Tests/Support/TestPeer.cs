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

/// <summary>A chat peer on a real port, over a scripted membership, with all the patience in the world until the test says otherwise.</summary>
internal sealed class TestPeer : IAsyncDisposable
{
    // Two peers never draw the same session, not even the second of a name.
    private static int _seed;

    // Each peer of a cluster has been in the chat for a millisecond less than the one before it.
    private static readonly TimeSpan LongAgo = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;
    private readonly ScriptedCluster _cluster;
    private TcpProxy? _proxy;

    private TestPeer(WebApplication app, ScriptedCluster cluster, PatientTime time, RecordingLog log, ErrorLogs errors)
    {
        _app = app;
        _cluster = cluster;
        Time = time;
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

    /// <summary>The peer's clock: links lose their standing, goodbyes are over and the like when the test lets time pass on it.</summary>
    public PatientTime Time { get; }

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

    /// <summary>The network on the way to this peer.</summary>
    public TcpProxy Proxy => _proxy ?? throw new InvalidOperationException($"{Chat.Name} is not behind a proxy.");

    /// <summary>Starts to serve; does not join. With <paramref name="realTime"/> time passes, which a test cannot do without in which the peer measures a delay.</summary>
    public static async Task<TestPeer> ServeAsync(ScriptedCluster cluster, string name, Action<ChatOptions>? configure = null, bool realTime = false)
    {
        var time = new PatientTime();
        var log = new RecordingLog();
        var errors = new ErrorLogs();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Information).AddProvider(errors);
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(realTime ? TimeProvider.System : time);
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
        return new TestPeer(app, cluster, time, log, errors);
    }

    /// <summary>Starts to serve, joins, and waits until all others have heard of it.</summary>
    public static async Task<TestPeer> StartAsync(ScriptedCluster cluster, string name, Action<ChatOptions>? configure = null, bool realTime = false)
    {
        var peer = await ServeAsync(cluster, name, configure, realTime);
        await peer.JoinAndBeHeardAsync();
        return peer;
    }

    /// <summary>As <see cref="StartAsync"/>, but the others reach it through <see cref="Proxy"/> only.</summary>
    public static async Task<TestPeer> StartBehindProxyAsync(ScriptedCluster cluster, string name)
    {
        var peer = await ServeAsync(cluster, name);
        peer._proxy = new TcpProxy(peer.Address.Port);
        await peer.JoinAndBeHeardAsync();
        return peer;
    }

    public async Task JoinAsync()
    {
        Membership = _cluster.Join(Chat.Name, Chat.Session, _proxy?.Address ?? Address);
        await Chat.JoinAsync(Membership, CancellationToken.None);
        // Who was here first is told by the ages of the sessions: they must not depend on how long a hello is under way.
        Time.Advance(LongAgo - TimeSpan.FromMilliseconds(_cluster.Joined));
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
            await SayGoodbyeAsync();
        }

        await (_proxy?.DisposeAsync() ?? ValueTask.CompletedTask);
        _channel.Dispose();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        Log.Dispose();
        Errors.Dispose();
    }

    private async Task JoinAndBeHeardAsync()
    {
        var others = _cluster.Peers.ToArray();
        var before = others.Select(o => o.Log.Count(EventKind.Joined, Chat.Name)).ToArray();
        await JoinAsync();
        for (var i = 0; i < others.Length; i++)
        {
            await others[i].Log.UntilAsync(d => d.Count(x => x.Kind == EventKind.Joined && x.Participant == Chat.Name) > before[i], $"{Chat.Name} to join");
        }

        _cluster.Peers.Add(this);
    }

    // Those who are there hear it; for those who are gone the time to wait for them is over soon.
    private async Task SayGoodbyeAsync()
    {
        var leaving = Chat.LeaveAsync(CancellationToken.None);
        await Eventually.HoldsAsync($"{Chat.Name} leaves", () =>
        {
            Time.Advance(LinkRules.FlushTimeout / 10);
            return leaving.IsCompleted;
        });
        await leaving;
    }
}
