using ChittyChat.Contracts.V1;
using ChittyChat.TestSupport;
using Grpc.Net.Client;

namespace ChittyChat.System.Tests;

/// <summary>A gRPC client of one peer, as anybody could write it.</summary>
public sealed class PeerClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly Chat.ChatClient _chat;

    public PeerClient(string name, Uri address)
    {
        Name = name;
        _channel = GrpcChannel.ForAddress(address);
        _chat = new Chat.ChatClient(_channel);
    }

    public string Name { get; }

    public async Task<PublishResponse> PublishAsync(string text) => await _chat.PublishAsync(new PublishRequest { Text = text });

    public async Task<IReadOnlyList<ChatEvent>> HistoryAsync() => (await _chat.HistoryAsync(new HistoryRequest { Limit = 10_000 })).Events;

    public async Task<IReadOnlyList<Member>> MembersAsync() => (await _chat.MembersAsync(new MembersRequest())).Members;

    /// <summary>Asks until <paramref name="condition"/> holds for the delivered events, and gives those; or fails with <paramref name="what"/>.</summary>
    public Task<IReadOnlyList<ChatEvent>> HistoryWhenAsync(string what, Func<IReadOnlyList<ChatEvent>, bool> condition) =>
        Eventually.HoldsAsync($"{Name}: {what}", HistoryAsync, condition, h => string.Join('\n', h.TakeLast(10).Select(e => $"L={e.LamportTime} {e.Text}")));

    /// <summary>Waits until this peer sees exactly <paramref name="names"/> as alive.</summary>
    public Task SeesAliveAsync(params string[] names) =>
        Eventually.HoldsAsync(
            $"{Name} sees {string.Join(", ", names)} alive and nobody else",
            MembersAsync,
            members => members.Where(m => m.State == MemberState.Alive).Select(m => m.Name).Order(StringComparer.Ordinal).SequenceEqual(names.Order(StringComparer.Ordinal)),
            members => string.Join(", ", members.Select(m => $"{m.Name} {m.State}")));

    public void Dispose() => _channel.Dispose();
}
