using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Runtime.CompilerServices;
using ChittyChat.CommandLine;
using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Options;
using ChittyChat.Peer.Registry;
using Grpc.Core;

namespace ChittyChat.Peer.Commands;

/// <summary>The durable list of members.</summary>
[CommandGroup("registry", "the durable, watchable list of members")]
internal sealed class RegistryCommands(PeerLifecycle lifecycle, PeerOptions options) : ICommandSet
{
    public void Register(CommandRegistry registry) => registry.RegisterFrom(this);

    [Command("registry list", "Show all members whose lease has not run out")]
    [Example("/registry list", "as the registry has it")]
    public async Task<IReadOnlyList<RegisteredRow>> ListAsync(CancellationToken cancellationToken)
    {
        var lease = Require();
        var list = await CommandErrors.ExplainedAsync(() => lease.ListMembersAsync(cancellationToken));
        return [.. list.Members.Select(member => RegisteredRow.Of("", member))];
    }

    [Command("registry watch", "Show the registered members, then every change, until cancelled")]
    [Example("/registry watch --count 1", "ends after the first line")]
    public async IAsyncEnumerable<RegisteredRow> WatchAsync(
        [Option("--count", "End after so many lines; 0 is never")][Range(0, 1_000_000)] int count = 0,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var watching = Require().Watch(cancellationToken);
        var seen = 0;
        while (await CommandErrors.ExplainedAsync(() => NextAsync(watching.ResponseStream, cancellationToken)))
        {
            var answer = watching.ResponseStream.Current;
            var rows = answer.Snapshot is { } snapshot
                ? snapshot.Members.Select(member => RegisteredRow.Of("registered", member))
                : [RegisteredRow.Of(answer.Change.Kind.ToString().ToLowerInvariant(), answer.Change.Member)];
            foreach (var row in rows)
            {
                yield return row;
                if (++seen == count)
                {
                    yield break;
                }
            }
        }
    }

    [Command("registry register", "Register this peer at once, and renew its lease from then on")]
    [Example("/registry register", "after /registry deregister")]
    public async Task<StatusDocument> RegisterAsync(CancellationToken cancellationToken)
    {
        var lease = Require();
        await CommandErrors.ExplainedAsync(() => lease.RegisterAsync(cancellationToken));
        return Status();
    }

    [Command("registry deregister", "Take this peer out of the registry until /registry register")]
    [Example("/registry deregister", "the peer stays in the chat")]
    public async Task<StatusDocument> DeregisterAsync(CancellationToken cancellationToken)
    {
        var lease = Require();
        await CommandErrors.ExplainedAsync(() => lease.DeregisterAsync(cancellationToken));
        return Status();
    }

    [Command("registry status", "Show how this peer stands with the registry, without asking it")]
    [Example("/registry status", "registered or not, and why not")]
    public StatusDocument Status()
    {
        var status = Require().Status;
        return new(options.Registry!, status.Registered, status.Wanted, status.Lease, status.Failure);
    }

    private static async Task<bool> NextAsync(IAsyncStreamReader<WatchResponse> changes, CancellationToken cancellationToken)
    {
        try
        {
            return await changes.MoveNext(cancellationToken);
        }
        catch (RpcException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private RegistryLease Require() => lifecycle.Stay?.Registry ?? throw (options.Registry is null
        ? new CommandException("this peer has no registry", "Start it with --registry <url>.")
        : new CommandException("this peer is not in the cluster", lifecycle.Stage == PeerStage.Left ? "/rejoin brings it back." : "Try again in a moment."));

    internal sealed record StatusDocument(Uri Service, bool Registered, bool Renewing, TimeSpan Lease, string? Failure);

    internal sealed record RegisteredRow(string Change, string Name, string Gossip, string Grpc, string Started, string Version, string Id)
    {
        public static RegisteredRow Of(string change, RegisteredMember member) => new(
            change, member.Name, member.GossipAddress, member.GrpcAddress,
            member.Started is null ? "" : member.Started.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture), member.Version, member.Id);
    }
}
