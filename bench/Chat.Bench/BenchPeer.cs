using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using ChittyChat.Peer.Chat;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Chat.Bench;

/// <summary>A peer's chat with its own port and its own log, over a membership that does not change.</summary>
internal sealed class BenchPeer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private BenchPeer(WebApplication app)
    {
        _app = app;
        Chat = app.Services.GetRequiredService<ChatPeer>();
        Self = new ChatMember(Chat.Name, Chat.Session, new Uri(app.Urls.Single()), "127.0.0.1:0", MemberState.Alive, 1);
    }

    public ChatPeer Chat { get; }

    public ChatMember Self { get; }

    public static async Task<BenchPeer> StartAsync(string name, IChatLog log)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddConsole(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new Random(RandomNumberGenerator.GetInt32(int.MaxValue)));
        builder.Services.AddSingleton(log);
        builder.Services.AddChat();
        builder.Services.Configure<ChatOptions>(o => o.Name = name);
        var app = builder.Build();
        app.MapChat();
        await app.StartAsync();
        return new BenchPeer(app);
    }

    /// <summary>What the other processes need to know of it, on one line.</summary>
    public static string Describe(ChatMember member) => $"peer {member.Name} {member.Session} {member.ChatAddress}";

    /// <summary>Reads <see cref="Describe"/>.</summary>
    public static ChatMember Read(string line)
    {
        var words = line.Split(' ');
        var session = new SessionId(ulong.Parse(words[2], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        return new ChatMember(words[1], session, new Uri(words[3]), "127.0.0.1:0", MemberState.Alive, 1);
    }

    public Task JoinAsync(params IEnumerable<ChatMember> others) => Chat.JoinAsync(new FixedMembership(Self, [Self, .. others]), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Chat.LeaveAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private sealed class FixedMembership(ChatMember self, ImmutableArray<ChatMember> members) : IMembershipView
    {
        public ChatMember Self => self;

        public ImmutableArray<ChatMember> Members => members;

        public async IAsyncEnumerable<ImmutableArray<ChatMember>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return members;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        public void SessionChanged(SessionId session) => throw new InvalidOperationException("Nobody is declared gone here.");
    }
}
