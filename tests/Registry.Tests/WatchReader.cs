using ChittyChat.Contracts.V1;
using ChittyChat.TestSupport;
using Grpc.Core;

namespace ChittyChat.Registry.Tests;

/// <summary>Reads a Watch call step by step, and says what was missing when nothing came.</summary>
internal sealed class WatchReader(AsyncServerStreamingCall<WatchResponse> call) : IDisposable
{
    /// <summary>The last revision seen, in a snapshot or a change.</summary>
    public ulong Revision { get; private set; }

    public Task AttachedAsync() => call.ResponseHeadersAsync.ComesAsync("the answer to Watch");

    public async Task<Snapshot> SnapshotAsync()
    {
        var response = await NextAsync("a snapshot");
        Assert.Equal(WatchResponse.KindOneofCase.Snapshot, response.KindCase);
        return response.Snapshot;
    }

    public async Task<Change> ChangeAsync()
    {
        var response = await NextAsync("a change");
        Assert.Equal(WatchResponse.KindOneofCase.Change, response.KindCase);
        return response.Change;
    }

    /// <summary>Skips what comes until the call ends, and gives the status.</summary>
    public async Task<Status> EndAsync()
    {
        try
        {
            while (true)
            {
                await NextAsync("the end of the call");
            }
        }
        catch (RpcException end)
        {
            return end.Status;
        }
    }

    public void Dispose() => call.Dispose();

    private async Task<WatchResponse> NextAsync(string expected)
    {
        Assert.True(
            await call.ResponseStream.MoveNext(CancellationToken.None).ComesAsync($"{expected}, after revision {Revision}"),
            $"The call ended well instead of giving {expected}.");
        var response = call.ResponseStream.Current;
        Revision = response.Snapshot?.Revision ?? response.Change.Revision;
        return response;
    }
}
