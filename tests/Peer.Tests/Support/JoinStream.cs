using ChittyChat.Contracts.V1;
using ChittyChat.TestSupport;
using Grpc.Core;

namespace ChittyChat.Peer.Tests.Support;

/// <summary>Reads a Join stream as a participant does, with a limit to its patience.</summary>
internal static class JoinStream
{
    public static async Task<ChatEvent> NextAsync(this AsyncServerStreamingCall<ChatEvent> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).ComesAsync("an event on the Join stream"), "The Join stream has ended.");
        return call.ResponseStream.Current;
    }

    public static async Task<ChatEvent> UntilAsync(this AsyncServerStreamingCall<ChatEvent> call, Func<ChatEvent, bool> condition)
    {
        while (true)
        {
            var next = await call.NextAsync();
            if (condition(next))
            {
                return next;
            }
        }
    }

    /// <summary>Reads to the end, and gives what came.</summary>
    public static async Task<List<ChatEvent>> EndsAsync(this AsyncServerStreamingCall<ChatEvent> call)
    {
        List<ChatEvent> events = [];
        while (await call.ResponseStream.MoveNext(CancellationToken.None).ComesAsync("the end of the Join stream"))
        {
            events.Add(call.ResponseStream.Current);
        }

        return events;
    }
}
