using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ChittyChat.Membership;
using ChittyChat.Peer.Chat;
using MemberState = ChittyChat.Peer.Chat.MemberState;

namespace ChittyChat.Peer.Membership;

/// <summary>The chat's view of the gossip: members with the tags that a chat peer announces. Others in the cluster (a Serf agent, say) are not in it.</summary>
internal sealed class GossipView : IMembershipView, IAsyncDisposable
{
    private const string ChatTag = "chat";
    private const string SessionTag = "session";
    private const string VersionTag = "version";

    private readonly MembershipNode _node;
    private readonly Uri _chatAddress;
    private readonly string _version;
    private readonly ILogger<GossipView> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _loops = [];

    // The same Member object comes with every snapshot until something about it changes.
    private readonly ConditionalWeakTable<Member, StrongBox<ChatMember?>> _mapped = [];

    // Only the newest session matters: an older one that was not announced yet makes room.
    private readonly Channel<SessionId> _sessions =
        Channel.CreateBounded<SessionId>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly SemaphoreSlim _announcing = new(1, 1);
    private ImmutableSortedDictionary<string, string> _ownTags;
    private SessionId _session;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GossipView(
        MembershipNode node, Uri chatAddress, SessionId session, string version, ImmutableSortedDictionary<string, string> ownTags, ILogger<GossipView> logger) =>
        (_node, _chatAddress, _session, _version, _ownTags, _logger) = (node, chatAddress, session, version, ownTags, logger);

    /// <summary>The names of tags that the chat itself needs.</summary>
    public static IReadOnlyList<string> ReservedTags { get; } = [ChatTag, SessionTag, VersionTag];

    /// <summary>What this peer says about itself besides what the chat needs.</summary>
    public ImmutableSortedDictionary<string, string> OwnTags => Volatile.Read(ref _ownTags);

    /// <inheritdoc/>
    public ChatMember Self => Map(_node.Self) ?? throw new InvalidOperationException("The gossip has lost this peer's own tags.");

    /// <inheritdoc/>
    public int Health => _node.HealthScore;

    /// <inheritdoc/>
    public ImmutableArray<ChatMember> Members => [.. _node.Members.Select(Map).OfType<ChatMember>()];

    /// <summary>Announces this peer as one of the chat, and follows the gossip from here on.</summary>
    /// <param name="node">Started, and not joined yet: then nobody sees the peer without its tags.</param>
    /// <param name="chatAddress">Where others reach this peer's gRPC services.</param>
    /// <param name="session">The chat session.</param>
    /// <param name="version">Of this software.</param>
    /// <param name="ownTags">What this peer says about itself besides that.</param>
    /// <param name="logger">Where failures go.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<GossipView> StartAsync(
        MembershipNode node, Uri chatAddress, SessionId session, string version, ImmutableSortedDictionary<string, string> ownTags, ILogger<GossipView> logger,
        CancellationToken cancellationToken)
    {
        var view = new GossipView(node, chatAddress, session, version, ownTags, logger);
        await view.AnnounceAsync(cancellationToken);
        view._loops.Add(view.FollowAsync());
        view._loops.Add(view.AnnounceSessionsAsync());
        return view;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ImmutableArray<ChatMember>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            // Taken before the snapshot, so that a change after it is not missed.
            var changed = Volatile.Read(ref _changed).Task;
            yield return Members;
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void SessionChanged(SessionId session) => _sessions.Writer.TryWrite(session);

    /// <summary>Changes what this peer says about itself; the gossip spreads it.</summary>
    /// <exception cref="ArgumentException">All of it together is too long to be gossiped.</exception>
    public async Task SetTagsAsync(ImmutableSortedDictionary<string, string> ownTags, CancellationToken cancellationToken)
    {
        var before = Interlocked.Exchange(ref _ownTags, ownTags);
        try
        {
            await AnnounceAsync(cancellationToken);
        }
        catch (ArgumentException)
        {
            Volatile.Write(ref _ownTags, before);
            throw;
        }
    }

    /// <summary>Says again what this peer says about itself: everybody hears of it with a higher incarnation.</summary>
    public async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        await _announcing.WaitAsync(cancellationToken);
        try
        {
            await _node.UpdateMetadataAsync(Tags(), cancellationToken);
        }
        finally
        {
            _announcing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_loops);
        _stopping.Dispose();
        _announcing.Dispose();
    }

    private async Task FollowAsync()
    {
        try
        {
            await foreach (var change in _node.WatchAsync(_stopping.Token))
            {
                Report(change);
                Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The way in which this ends.
        }
    }

    private async Task AnnounceSessionsAsync()
    {
        try
        {
            await foreach (var session in _sessions.Reader.ReadAllAsync(_stopping.Token))
            {
                _session = session;
                await AnnounceAsync(_stopping.Token);
                _logger.SessionAnnounced(session);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The way in which this ends.
        }
    }

    private void Report(MemberEvent change)
    {
        var (member, self) = (change.Member, change.Member.Name == _node.Self.Name);
        switch (change.Kind)
        {
            case MemberEventKind.Conflict:
                _logger.NameClaimed(change.From ?? "Somebody", member.Name, member.Address);
                break;
            case MemberEventKind.Refuted when self && change.Reason == MemberEventReason.DeclaredDead:
                _logger.DeclaredDead(string.IsNullOrEmpty(change.From) ? "Another member" : change.From);
                break;
            case MemberEventKind.Failed when !self:
                _logger.MemberFailed(member.Name, member.Address, change.Reason == MemberEventReason.Reported ? $"says {change.From}" : "no answer to probes");
                break;
            case MemberEventKind.Suspected when !self:
                _logger.MemberSuspected(member.Name, member.Address);
                break;
            case MemberEventKind.Joined when !self:
                _logger.MemberJoined(member.Name, member.Address);
                break;
            case MemberEventKind.Left when !self:
                _logger.MemberLeft(member.Name, member.Address);
                break;
            default:
                break;
        }
    }

    private byte[] Tags() => MemberTags.Encode(new Dictionary<string, string>(OwnTags)
    {
        [ChatTag] = _chatAddress.Authority,
        [SessionTag] = _session.ToString(),
        [VersionTag] = _version,
    });

    private ChatMember? Map(Member member) => _mapped.GetValue(member, static known => new(ToChatMember(known))).Value;

    private static ChatMember? ToChatMember(Member member)
    {
        IReadOnlyDictionary<string, string> tags;
        try
        {
            tags = member.GetTags();
        }
        catch (FormatException)
        {
            // Not tags, so not a peer of this chat.
            return null;
        }

        return tags.TryGetValue(ChatTag, out var authority) && Uri.TryCreate($"http://{authority}", UriKind.Absolute, out var address)
            && tags.TryGetValue(SessionTag, out var hex)
            && ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var session) && session != 0
            ? new(member.Name, new(session), address, member.Address.ToString(), ToChatState(member.State), member.Incarnation.Value)
            : null;
    }

    private static MemberState ToChatState(ChittyChat.Membership.MemberState state) => state switch
    {
        ChittyChat.Membership.MemberState.Alive => MemberState.Alive,
        ChittyChat.Membership.MemberState.Suspect => MemberState.Suspect,
        ChittyChat.Membership.MemberState.Left => MemberState.Left,
        _ => MemberState.Dead,
    };
}
