using System.Collections.Concurrent;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Faults;
using Grpc.Core;
using Grpc.Net.Client;
using Wire = ChittyChat.Contracts.V1;

namespace ChittyChat.Peer.Grpc;

/// <summary>Questions that this peer asks other peers over gRPC. Injected faults hold for them as well.</summary>
internal sealed class PeerCalls(FaultInjector faults, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Uri, GrpcChannel> _channels = [];
    private readonly ConcurrentDictionary<string, PingAnswer> _answers = new(StringComparer.Ordinal);

    /// <summary>Asks whether a member has delivered a message.</summary>
    /// <exception cref="RpcException">The member cannot be asked.</exception>
    public Task<Wire.WhoHasResponse> WhoHasAsync(ChatMember member, MessageId message, CancellationToken cancellationToken) => CallAsync(
        member, (client, token) => client.WhoHasAsync(new Wire.WhoHasRequest { MessageId = ChatMapping.Write(message) }, cancellationToken: token), cancellationToken);

    /// <summary>Measures the way to a member and back over gRPC.</summary>
    /// <exception cref="RpcException">The member does not answer.</exception>
    public async Task<PingAnswer> PingAsync(ChatMember member, CancellationToken cancellationToken)
    {
        // The first call of a connection opens it, which is not what is to be measured.
        await CallAsync(member, static (client, token) => client.PingAsync(new Wire.PingRequest(), cancellationToken: token), cancellationToken);
        var began = time.GetTimestamp();
        var answer = await CallAsync(member, static (client, token) => client.PingAsync(new Wire.PingRequest(), cancellationToken: token), cancellationToken);
        return _answers[member.Name] = new PingAnswer(time.GetElapsedTime(began), answer.LamportTime, answer.Health);
    }

    /// <summary>What a member last answered to <see cref="PingAsync"/>; null when it was never asked.</summary>
    public PingAnswer? LatestOf(string member) => _answers.GetValueOrDefault(member);

    /// <summary>Why a call failed, in words.</summary>
    public static string Reason(RpcException e) => e.Status.DebugException?.GetBaseException().Message ?? e.Status.Detail;

    public void Dispose()
    {
        foreach (var channel in _channels.Values)
        {
            channel.Dispose();
        }
    }

    private async Task<T> CallAsync<T>(ChatMember member, Func<Wire.Lab.LabClient, CancellationToken, AsyncUnaryCall<T>> call, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(AnswerTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await faults.WhileCutAsync(member.Name, FaultDirections.Both, linked.Token);
            await Task.Delay(faults.Lateness(member.Name), time, linked.Token);
            var answer = await call(new Wire.Lab.LabClient(ChannelTo(member.ChatAddress)), linked.Token);
            await Task.Delay(faults.Lateness(member.Name), time, linked.Token);
            return answer;
        }
        catch (Exception e) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested && e is OperationCanceledException or RpcException)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"no answer within {AnswerTimeout.TotalSeconds} s"));
        }
        catch (RpcException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private GrpcChannel ChannelTo(Uri address) => _channels.GetOrAdd(address, static to => GrpcChannel.ForAddress(to));
}

/// <summary>What a member answered to a ping over gRPC.</summary>
/// <param name="RoundTrip">The way there and back.</param>
/// <param name="LamportTime">What its clock showed.</param>
/// <param name="Health">How unwell its gossip believes itself to be.</param>
internal sealed record PingAnswer(TimeSpan RoundTrip, ulong LamportTime, uint Health);
