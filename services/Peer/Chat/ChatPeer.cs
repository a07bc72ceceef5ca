using System.Collections.Immutable;
using ChittyChat.LogicalTime;
using ChittyChat.Peer.Links;

namespace ChittyChat.Peer.Chat;

/// <summary>The chat of one peer: what the host starts and stops, and what the prompt publishes through.</summary>
internal sealed class ChatPeer : IDisposable
{
    private readonly ChatRoom _room;
    private readonly LinkMesh _mesh;
    private readonly ILogger<ChatPeer> _logger;
    // One pair for each stay.
    private CancellationTokenSource _leaving = new();
    private CancellationTokenSource _left = new();
    private IMembershipView? _membership;
    private Task _watching = Task.CompletedTask;

    public ChatPeer(ChatRoom room, LinkMesh mesh, ChatTelemetry telemetry, ILogger<ChatPeer> logger)
    {
        _room = room;
        _mesh = mesh;
        _logger = logger;
        room.SessionsEnded = mesh.Reconcile;
        telemetry.ObserveLinks(() => mesh.Lags);
        telemetry.ObserveMembers(() => Membership?.Members ?? []);
    }

    /// <summary>The peer's display name.</summary>
    public string Name => _room.Name;

    /// <summary>Who this peer is in the chat. Drawn at the start, and again when the others had declared this peer gone.</summary>
    public SessionId Session => _room.Session;

    /// <summary>Whether the peer has joined, and not left.</summary>
    public bool IsJoined => _room.IsJoined;

    /// <summary>The peer's one clock.</summary>
    public LamportClock Clock => _room.Clock;

    /// <summary>What has been delivered here: the history, and followers.</summary>
    public DeliveryRing Deliveries => _room.Deliveries;

    /// <summary>Membership, while joined.</summary>
    public IMembershipView? Membership
    {
        get => Volatile.Read(ref _membership);
        private set => Volatile.Write(ref _membership, value);
    }

    /// <summary>Cancelled when the peer has left: calls end.</summary>
    public CancellationToken Leaving => _leaving.Token;

    /// <summary>Gets ready to join again after <see cref="LeaveAsync"/>, as a new session.</summary>
    public async Task ReturnAsync(CancellationToken cancellationToken)
    {
        await _room.ReturnAsync(cancellationToken);
        _mesh.Prepare();
        _leaving.Dispose();
        _leaving = new CancellationTokenSource();
        _left.Dispose();
        _left = new CancellationTokenSource();
    }

    /// <summary>Opens the links to all members, and announces "joined". Call it when gRPC is served and membership has joined.</summary>
    public async Task JoinAsync(IMembershipView membership, CancellationToken cancellationToken)
    {
        var members = membership.Members;
        // The links have their places before there is anything to send, so that "joined" is the first that they send.
        _mesh.MembersChanged(members);
        await _room.EnterAsync(membership, members, cancellationToken);
        Membership = membership;
        _mesh.Start();
        _watching = WatchAsync(membership, members);
    }

    /// <summary>
    /// Announces "left" for the peer and its participants, waits until the members have it (2 s at most), and ends all calls.
    /// </summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _room.LeaveAsync(cancellationToken);
        }
        finally
        {
            // Whoever has no patience for the goodbye leaves without it, but leaves.
            await _left.CancelAsync();
            await _watching;
            try
            {
                await _mesh.StopAsync(cancellationToken);
            }
            finally
            {
                Membership = null;
                await _leaving.CancelAsync();
            }
        }
    }

    /// <summary>Publishes as this peer.</summary>
    /// <exception cref="ChatRefusedException">The text is not valid, or the peer has not joined or has left; the message says what is wrong.</exception>
    public ValueTask<Published> PublishAsync(string text, CancellationToken cancellationToken) =>
        _room.PublishAsync(Name, text, LamportTime.Zero, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _leaving.Dispose();
        _left.Dispose();
    }

    private async Task WatchAsync(IMembershipView membership, ImmutableArray<ChatMember> before)
    {
        try
        {
            await foreach (var after in membership.WatchAsync(_left.Token))
            {
                _mesh.MembersChanged(after);
                await _room.MembersChangedAsync(before, after, _left.Token);
                before = after;
            }
        }
        catch (OperationCanceledException) when (_left.IsCancellationRequested)
        {
            // The peer has left.
        }
        catch (Exception failure)
        {
            _logger.WatchFailed(failure);
        }
    }
}

/// <summary>The answer to a Publish.</summary>
internal readonly record struct Published(MessageId Id, LamportTime Time);
