using System.Text;
using ChittyChat.Membership.Serf;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Membership;

/// <summary>
/// Lets Serf agents watch the chat: each message that is published at this peer, and at no other, becomes one user event. Events follow the
/// chat at the pace of the gossip, which is far slower than the chat can be: what falls out of the history before its turn is left out and told of.
/// </summary>
/// <param name="node">The member of the cluster that this peer is.</param>
/// <param name="chat">The chat; what is published from now on becomes events.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to tell what was left out.</param>
internal sealed class SerfEvents(SerfNode node, ChatPeer chat, TimeProvider time, ILogger<SerfEvents> logger) : IDisposable
{
    /// <summary>The name of the events.</summary>
    public const string EventName = "chat";

    // Agents remember the events of 512 ticks of their clock; what is further back when it arrives is lost. Half of that is on its way at most.
    private const int MostOnTheirWay = 256;
    private const int Batch = 64;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // The peer goes on under a new session when others had declared it gone: its earlier messages are its own all the same.
    private readonly HashSet<SessionId> _own = [];
    private readonly DeliveryFollower _follower = chat.Deliveries.Follow();

    /// <summary>Sends events until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var wakeOnEnd = cancellationToken.Register(_follower.Signal.Set);
        var batch = new List<Delivery>(Batch);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _own.Add(chat.Session);
            batch.Clear();
            if (_follower.Read(batch, Batch) is > 0 and var missed)
            {
                logger.EventsLeftOut(missed);
            }

            foreach (var delivery in batch)
            {
                if (delivery.Kind == EventKind.Message && _own.Contains(delivery.Id.Session))
                {
                    await SendAsync(delivery, cancellationToken);
                }
            }

            if (batch.Count == 0)
            {
                await _follower.Signal.WaitAsync();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _follower.Dispose();

    /// <summary>"participant: text" in at most <paramref name="limit"/> bytes; a text that is too long for that ends with an ellipsis.</summary>
    public static byte[] Payload(string participant, ReadOnlySpan<byte> text, int limit)
    {
        var ellipsis = "…"u8;
        byte[] payload = [.. Encoding.UTF8.GetBytes(participant), .. ": "u8, .. text];
        if (payload.Length <= limit)
        {
            return payload;
        }

        var end = limit - ellipsis.Length;
        while ((payload[end] & 0xC0) == 0x80)
        {
            // Within a character.
            end--;
        }

        return [.. payload.AsSpan(0, end), .. ellipsis];
    }

    private async Task SendAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        while (node.QueuedBroadcasts >= MostOnTheirWay)
        {
            await Task.Delay(Pause, time, cancellationToken);
        }

        var payload = Payload(delivery.Participant, delivery.Text.Span, SerfNode.MaxEventLength - EventName.Length);
        await node.SendEventAsync(EventName, payload, coalesce: false, cancellationToken);
    }
}
