using System.ComponentModel.DataAnnotations;
using ChittyChat.BootstrapApi;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Bootstrap;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Options;

namespace ChittyChat.Peer.Commands;

/// <summary>The service that knows whom to contact first.</summary>
[CommandGroup("bootstrap", "the service that knows whom to contact first")]
internal sealed class BootstrapCommands(PeerLifecycle lifecycle, PeerOptions options, TimeProvider time) : ICommandSet
{
    public void Register(CommandRegistry registry) => registry.RegisterFrom(this);

    [Command("bootstrap list", "Show the whole list, with the rules in force", Aliases = ["bootstrap"])]
    [Example("/bootstrap list --json", "as the service has it")]
    public async Task<object> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var list = await CallAsync(entry => entry.Client.ListAsync(cancellationToken));
        if (context.Json)
        {
            return list;
        }

        context.WriteResult(Rules(list));
        return Contacts(list);
    }

    [Command("bootstrap config", "Show the rules of the list")]
    [Example("/bootstrap config", "how many contacts, from how many members on, for how long")]
    public async Task<BootstrapConfig> ConfigAsync(CancellationToken cancellationToken) => (await CallAsync(entry => entry.Client.ListAsync(cancellationToken))).Config;

    [Command("bootstrap peers", "Show the contacts on the list")]
    [Example("/bootstrap peers", "oldest first")]
    public async Task<IReadOnlyList<ContactRow>> PeersAsync(CancellationToken cancellationToken) => Contacts(await CallAsync(entry => entry.Client.ListAsync(cancellationToken)));

    [Command("bootstrap join", "Ask to be on the list, and stay on it")]
    [Example("/bootstrap join", "the answer says whether there was room")]
    public async Task<StatusDocument> JoinAsync(CancellationToken cancellationToken)
    {
        await CallAsync(entry => entry.JoinAsync(cancellationToken));
        return Status();
    }

    [Command("bootstrap leave", "Leave the list, and stay off it until /bootstrap join or /bootstrap refill")]
    [Example("/bootstrap leave", "the peer stays in the chat")]
    public async Task<StatusDocument> LeaveAsync(CancellationToken cancellationToken)
    {
        await CallAsync(async entry =>
        {
            await entry.LeaveAsync(cancellationToken);
            return true;
        });
        return Status();
    }

    [Command("bootstrap refill", "Offer this peer as a contact, in the place of a younger one if the list is full")]
    [Example("/bootstrap refill", "the answer says what was decided")]
    public async Task<RefillDocument> RefillAsync(CancellationToken cancellationToken)
    {
        var refill = await CallAsync(entry => entry.RefillAsync(cancellationToken));
        return new(refill.Outcome, refill.EvictedId, refill.List.Contacts.Count, refill.List.Config.MaxPeers);
    }

    [Command("bootstrap set", "Change the rules of the list; needs the administrator's token")]
    [Example("/bootstrap set --max-peers 5 --token $token", "the other rules stay as they are")]
    public async Task<BootstrapConfig> SetAsync(
        CancellationToken cancellationToken,
        [Option("--max-peers", "How many contacts are kept at most")][Range(1, 1000)] int? maxPeers = null,
        [Option("--min-refill-candidates", "How many members a peer must see before its refill counts")][Range(0, 1_000_000)] int? minRefillCandidates = null,
        [Option("--lease", "How long a contact stays without renewing, in seconds")][Range(1, 86_400)] int? leaseSeconds = null,
        [Option("--token", "The administrator's token of the service")] string? token = null)
    {
        if (maxPeers is null && minRefillCandidates is null && leaseSeconds is null)
        {
            throw new CommandException("there is nothing to change", "Give --max-peers, --min-refill-candidates or --lease.", ExitCodes.Usage);
        }

        var secret = RequireToken(token);
        return await CallAsync(async entry =>
        {
            var now = (await entry.Client.ListAsync(cancellationToken)).Config;
            var changed = await entry.Client.PutConfigAsync(
                new BootstrapConfig
                {
                    MaxPeers = maxPeers ?? now.MaxPeers,
                    MinRefillCandidates = minRefillCandidates ?? now.MinRefillCandidates,
                    LeaseSeconds = leaseSeconds ?? now.LeaseSeconds,
                },
                secret,
                cancellationToken);
            return changed.List.Config;
        });
    }

    [Command("bootstrap reset", "Take all contacts off the list; needs the administrator's token")]
    [Example("/bootstrap reset --token $token", "the rules stay; peers come back by themselves")]
    public async Task<IReadOnlyList<ContactRow>> ResetAsync(
        CancellationToken cancellationToken, [Option("--token", "The administrator's token of the service")] string? token = null)
    {
        var secret = RequireToken(token);
        return Contacts(await CallAsync(entry => entry.Client.ResetAsync(secret, cancellationToken)));
    }

    [Command("bootstrap status", "Show how this peer stands with the service, without asking it")]
    [Example("/bootstrap status", "its latest answer")]
    public StatusDocument Status()
    {
        var entry = Require();
        var status = entry.Status;
        return new(entry.Client.Address, entry.Id, status.Listed, status.List?.Contacts.Count, status.List?.Config.MaxPeers, status.Failure?.Message);
    }

    [Command("bootstrap ping", "Ask whether the service is there at all, and measure the round trip")]
    [Example("/bootstrap ping", "its store may be away nevertheless")]
    public async Task<ServiceDocument> PingAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var answer = await CallAsync(entry => entry.Client.PingAsync(cancellationToken));
        return new(answer.Service, answer.Version, answer.Store, time.GetElapsedTime(began));
    }

    private static string RequireToken(string? token) => token is { Length: > 0 } ? token
        : throw new CommandException("this needs the administrator's token", "Give --token with the value of Bootstrap__AdminToken of the service.", ExitCodes.Usage);

    private BootstrapEntry Require() => lifecycle.Stay?.Bootstrap ?? throw (options.Bootstrap is null
        ? new CommandException("this peer has no bootstrap service", "Start it with --bootstrap <url>.")
        : new CommandException("this peer is not in the cluster", lifecycle.Stage == PeerStage.Left ? "/rejoin brings it back." : "Try again in a moment."));

    private Task<T> CallAsync<T>(Func<BootstrapEntry, Task<T>> call)
    {
        var entry = Require();
        return CommandErrors.ExplainedAsync(() => call(entry));
    }

    private static RulesDocument Rules(ContactList list) => new(list.Contacts.Count, list.Config.MaxPeers, list.Config.MinRefillCandidates, TimeSpan.FromSeconds(list.Config.LeaseSeconds));

    private IReadOnlyList<ContactRow> Contacts(ContactList list)
    {
        var own = lifecycle.Stay?.Bootstrap?.Id;
        return
        [
            .. list.Contacts.Select(contact => new ContactRow(
                contact.Id == own ? $"{contact.Name} (you)" : contact.Name, contact.Address, list.ServerTime - contact.Since, contact.LeaseExpires - list.ServerTime, contact.Id)),
        ];
    }

    internal sealed record RulesDocument(int Contacts, int MaxPeers, int MinRefillCandidates, TimeSpan Lease);

    internal sealed record ContactRow(string Name, string Address, TimeSpan Up, TimeSpan LeaseLeft, string Id);

    internal sealed record RefillDocument(RefillOutcome Outcome, string? EvictedId, int Contacts, int MaxPeers);

    internal sealed record StatusDocument(Uri Service, string Id, bool Listed, int? Contacts, int? MaxPeers, string? Failure);

    internal sealed record ServiceDocument(string Service, string Version, string Store, TimeSpan RoundTrip);
}
