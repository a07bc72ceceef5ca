using System.Diagnostics;
using ChittyChat.Contracts.V1;
using ChittyChat.Dashboard.Observation;
using Grpc.Core;
using Grpc.Net.Client;

namespace ChittyChat.Dashboard.Publishing;

/// <summary>Publishes through a peer, as any gRPC client would. A person types slowly: a connection for each message is good enough.</summary>
internal sealed class ChatPublisher(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly ActivitySource Activities = new("ChittyChat.Dashboard");

    public async Task<PublishOutcome> PublishAsync(string peer, string chatAddress, string text, CancellationToken cancellationToken)
    {
        // Not a child of the browser's connection to this page, which is one endless request: each message begins a trace.
        Activity.Current = null;
        using var activity = Activities.StartActivity($"Publish through {peer}", ActivityKind.Client);
        using var timeout = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var channel = GrpcChannel.ForAddress(chatAddress);
            var response = await new Chat.ChatClient(channel).PublishAsync(new PublishRequest { Text = text }, cancellationToken: linked.Token);
            return new PublishOutcome(true, $"Published by {peer} at Lamport time {response.LamportTime}.");
        }
        catch (RpcException e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Status.Detail);
            return new PublishOutcome(false, e.StatusCode switch
            {
                StatusCode.InvalidArgument => e.Status.Detail,
                StatusCode.Cancelled when timeout.IsCancellationRequested =>
                    $"{peer} did not answer within {Patience.TotalSeconds:0} s. The message may have been published all the same: look at the list before you try again.",
                StatusCode.ResourceExhausted => $"{peer} cannot take more at the moment; try again. It said: {e.Status.Detail}",
                _ => $"{peer} could not publish it: {e.Describe()}. Try another peer.",
            });
        }
    }
}

/// <param name="Published">Whether the peer took the message.</param>
/// <param name="Text">What to tell the person.</param>
internal sealed record PublishOutcome(bool Published, string Text);
