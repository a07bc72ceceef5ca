using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Runtime.CompilerServices;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Faults;
using ChittyChat.Peer.Grpc;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Links;
using ChittyChat.Peer.Membership;
using Grpc.Core;

namespace ChittyChat.Peer.Commands;

/// <summary>Who is there, as this peer's gossip sees it.</summary>
[CommandGroup("membership", "who is there, as this peer's gossip sees it")]
internal sealed class MembershipCommands(PeerLifecycle lifecycle, ChatRoom room, LinkMesh links, PeerCalls calls, FaultInjector faults) : ICommandSet
{
    public void Register(CommandRegistry registry)
    {
        registry.RegisterFrom(this);
        registry.ProvideValues("member", () => Candidates(self: true));
        registry.ProvideValues("other", () => Candidates(self: false));
        registry.Condition("members", "so many members, this peer included, are alive", MembersAliveAsync, group: "membership");
        registry.Condition("member", "a member is in a state", MemberIsAsync, group: "membership");
    }

    [Command("members", "List the members with their state, round-trip times and faults")]
    [Example("/members", "what this peer knows at this moment")]
    [Example("/members --ask", "asks each member over gRPC first, for its round trip, clock and health")]
    public async Task<IReadOnlyList<MemberRow>> MembersAsync(
        CancellationToken cancellationToken, [Option("--ask", "Ask every member over gRPC first")] bool ask = false)
    {
        var (view, node) = (lifecycle.RequireView(), lifecycle.RequireNode());
        var self = view.Self.Name;
        if (ask)
        {
            await Task.WhenAll(view.Members.Where(member => member.IsPresent && member.Name != self).Select(member => TryPingAsync(member, cancellationToken)));
        }

        return
        [
            .. view.Members.Select(member =>
            {
                var (isSelf, asked) = (member.Name == self, calls.LatestOf(member.Name));
                var wrong = faults.Of(member.Name);
                return new MemberRow(
                    isSelf ? $"{member.Name} (you)" : member.Name,
                    member.State,
                    member.Incarnation,
                    isSelf ? null : node.RoundTripTo(member.Name),
                    isSelf ? null : asked?.RoundTrip,
                    isSelf ? (uint)view.Health : asked?.Health,
                    member.GossipAddress,
                    member.ChatAddress.Authority,
                    string.Join(", ", room.ParticipantsOf(member.Session)),
                    isSelf || wrong == LinkFaults.None ? "" : wrong.ToString());
            }),
        ];
    }

    [Command("ping", "Measure the round trip to a member, over the gossip and over gRPC")]
    [Example("/ping bob", "one measurement")]
    [Example("/ping bob --count 5", "five, a second apart")]
    public async IAsyncEnumerable<PingRow> PingAsync(
        CommandContext context,
        [Argument("member", "Whom", Completions = "other")] string name,
        [Option("--count", "How often")][Range(1, 1000)] int count = 1,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var answered = false;
        for (var number = 0; number < count; number++)
        {
            if (number > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), context.Time, cancellationToken);
            }

            var row = await MeasureAsync(lifecycle.RequireMember(name), cancellationToken);
            answered |= row.Gossip is not null || row.Grpc is not null;
            yield return row;
        }

        if (!answered)
        {
            throw new CommandException($"{name} does not answer", "/members shows what the gossip thinks of it.");
        }
    }

    [Command("whoami", "Show this peer: its name, session, addresses and stage", Aliases = ["status"])]
    [Example("/whoami", "who others see")]
    public SelfDocument WhoAmI()
    {
        var view = lifecycle.View;
        return new(
            room.Name, lifecycle.Stage, room.Session.ToString(), room.Clock.Now.Value, view?.Self.Incarnation, view?.Health, view?.Self.GossipAddress,
            view?.Self.ChatAddress.Authority, PeerLifecycle.Version, view is null ? "" : string.Join(", ", view.OwnTags.Select(tag => $"{tag.Key}={tag.Value}")));
    }

    [Command("health", "Show how unwell this peer's gossip believes itself to be: 0 is healthy, and each point makes it probe slower")]
    [Example("/health", "Lifeguard's local health score")]
    public int Health() => lifecycle.RequireView().Health;

    [Command("join", "Join the cluster of members at other addresses, in addition to those that this peer knows")]
    [Example("/join 127.0.0.1:7946", "the gossip address that the other peer shows")]
    public async Task<string> JoinAsync(
        CancellationToken cancellationToken, [Argument("address", "host:port of their gossip")] params string[] addresses)
    {
        if (addresses.Length == 0)
        {
            throw new CommandException("an address is missing", "/join 127.0.0.1:7946, the gossip address of a member.", ExitCodes.Usage);
        }

        var node = lifecycle.RequireNode();
        var count = await CommandErrors.ExplainedAsync(() => node.JoinAsync(addresses, cancellationToken));
        return count == 0 ? "only this peer itself is there" : $"{count} of {addresses.Length} answered; {node.Members.Count(member => member.IsRunning)} members are alive";
    }

    [Command("announce", "Tell everybody again what this peer says about itself, with a higher incarnation")]
    [Example("/announce", "others see the incarnation rise")]
    public async Task<string> AnnounceAsync(CancellationToken cancellationToken)
    {
        var view = lifecycle.RequireView();
        await CommandErrors.ExplainedAsync(() => view.AnnounceAsync(cancellationToken));
        return $"announced with incarnation {view.Self.Incarnation}";
    }

    [Command("tags", "List what members say about themselves besides what the chat needs")]
    [Example("/tags", "of all members")]
    public IReadOnlyList<TagRow> Tags()
    {
        lifecycle.RequireView();
        return
        [
            .. lifecycle.RequireNode().Members.SelectMany(member => TagsOf(member)
                .Where(tag => !GossipView.ReservedTags.Contains(tag.Key)).Select(tag => new TagRow(member.Name, tag.Key, tag.Value))),
        ];
    }

    [Command("tag set", "Say something about this peer to everybody: a key and a value, spread by the gossip")]
    [Example("/tag set role observer", "all members see it in /tags")]
    public Task SetTagAsync([Argument("key", "Its name")] string key, [RestOfLine("value", "Its value")] string value, CancellationToken cancellationToken)
    {
        CheckTag(key);
        return ChangeTagsAsync(tags => tags.SetItem(key, value), cancellationToken);
    }

    [Command("tag remove", "Take back what this peer said about itself")]
    [Example("/tag remove role", "it disappears from /tags")]
    public Task RemoveTagAsync([Argument("key", "Its name", Completions = nameof(OwnTags))] string key, CancellationToken cancellationToken)
    {
        CheckTag(key);
        return lifecycle.RequireView().OwnTags.ContainsKey(key)
            ? ChangeTagsAsync(tags => tags.Remove(key), cancellationToken)
            : throw new CommandException($"this peer has no tag \"{key}\"", "/tags lists them.");
    }

    [Command("dump", "Show everything about the gossip's table and queues, and the chat's sessions and links")]
    [Example("/dump", "for whoever looks for an error")]
    public async Task<string> DumpAsync(CancellationToken cancellationToken)
    {
        var node = lifecycle.RequireNode();
        return $"gossip\n{Indent(await node.DumpAsync(cancellationToken))}\nchat\n{Indent(room.Dump())}\nlinks\n{Indent(LinkLines())}\nfaults\n{Indent(
            faults.Current.IsEmpty ? "none" : string.Join('\n', faults.Current.Select(fault => $"{fault.Key}: {fault.Value}")))}";
    }

    [Command("watch members", "Show the members, then each change as they come and go, until cancelled")]
    [Example("/watch members --count 1", "ends after the first line")]
    public async IAsyncEnumerable<MemberChange> WatchMembersAsync(
        [Option("--count", "End after so many lines; 0 is never")][Range(0, 1_000_000)] int count = 0,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var before = ImmutableDictionary<string, ChatMember>.Empty;
        var seen = 0;
        await foreach (var members in lifecycle.RequireView().WatchAsync(cancellationToken))
        {
            foreach (var change in MemberChange.Between(before, members))
            {
                yield return change;
                if (++seen == count)
                {
                    yield break;
                }
            }

            before = members.ToImmutableDictionary(member => member.Name, StringComparer.Ordinal);
        }
    }

    private async IAsyncEnumerable<ConditionState> MembersAliveAsync(
        [Argument("count", "How many, at least")][Range(1, 100_000)] int count,
        [Option("--exactly", "Not more than that either")] bool exactly = false,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var members in lifecycle.RequireView().WatchAsync(cancellationToken))
        {
            string[] alive = [.. members.Where(member => member.State == MemberState.Alive).Select(member => member.Name)];
            yield return new(exactly ? alive.Length == count : alive.Length >= count, $"{alive.Length} alive ({string.Join(", ", alive)})");
        }
    }

    private async IAsyncEnumerable<ConditionState> MemberIsAsync(
        [Argument("member", "Whom")] string name,
        [Argument("state", "alive, suspect, dead, left; or gone: dead, left or never seen")] WantedState state = WantedState.Alive,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var members in lifecycle.RequireView().WatchAsync(cancellationToken))
        {
            var member = members.FirstOrDefault(m => m.Name == name);
            var met = state == WantedState.Gone ? member is not { IsPresent: true } : member is not null && member.State.ToString() == state.ToString();
            yield return new(met, member is null ? $"no member {name}" : $"{name} is {member.State.ToString().ToLowerInvariant()}");
        }
    }

    private async Task<PingRow> MeasureAsync(ChatMember member, CancellationToken cancellationToken)
    {
        TimeSpan? gossip = null;
        var remark = "";
        if (lifecycle.RequireNode() is var node && node.Members.FirstOrDefault(m => m.Name == member.Name) is { } known)
        {
            try
            {
                gossip = await node.PingAsync(known, cancellationToken);
            }
            catch (TimeoutException)
            {
                remark = "no answer over the gossip";
            }
        }

        var grpc = await TryPingAsync(member, cancellationToken);
        remark = grpc is null ? $"{remark}{(remark.Length > 0 ? ", " : "")}no answer over gRPC" : remark;
        return new(member.Name, gossip, grpc?.RoundTrip, grpc?.LamportTime, remark);
    }

    private async Task<PingAnswer?> TryPingAsync(ChatMember member, CancellationToken cancellationToken)
    {
        try
        {
            return await calls.PingAsync(member, cancellationToken);
        }
        catch (RpcException)
        {
            return null;
        }
    }

    private Task ChangeTagsAsync(Func<ImmutableSortedDictionary<string, string>, ImmutableSortedDictionary<string, string>> change, CancellationToken cancellationToken)
    {
        var view = lifecycle.RequireView();
        return CommandErrors.ExplainedAsync(async () =>
        {
            try
            {
                await view.SetTagsAsync(change(view.OwnTags), cancellationToken);
            }
            catch (ArgumentException e)
            {
                throw new CommandException(e.Message.Split(" (Parameter", 2)[0].TrimEnd('.'), "Say less.");
            }
        });
    }

    private static void CheckTag(string key)
    {
        if (GossipView.ReservedTags.Contains(key))
        {
            throw new CommandException($"the tag \"{key}\" belongs to the chat", "Choose another key.");
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> TagsOf(ChittyChat.Membership.Member member)
    {
        try
        {
            return member.GetTags();
        }
        catch (FormatException)
        {
            // Not tags, so nothing that this peer could show.
            return [];
        }
    }

    private IEnumerable<string> OwnTags() => lifecycle.View?.OwnTags.Keys ?? [];

    private IEnumerable<Candidate> Candidates(bool self) => lifecycle.View is { } view
        ? view.Members.Where(member => self || member.Name != view.Self.Name)
            .Select(member => new Candidate(member.Name, member.Name == view.Self.Name ? "you" : member.State.ToString().ToLowerInvariant()))
        : [];

    private string LinkLines() => links.Lags is { Count: > 0 } lags
        ? string.Join('\n', lags.Select(link => string.Create(CultureInfo.InvariantCulture, $"to {link.Receiver}: {link.Lag} not acknowledged")))
        : "none";

    private static string Indent(string text) => string.Join('\n', text.TrimEnd().Split('\n').Select(line => $"  {line}"));
}
