using ChittyChat.BootstrapApi;
using ChittyChat.Peer.Bootstrap;
using ChittyChat.Peer.Registry;
using Grpc.Core;

namespace ChittyChat.Peer.Lifecycle;

/// <summary>What the known sources say about whom to contact.</summary>
/// <param name="Contacts">Gossip addresses, each once.</param>
/// <param name="Silence">
/// Why the source that would know could not be asked: the bootstrap service, or without one the registry. Null when it could, or there is none;
/// then somebody who finds nobody is the first.
/// </param>
internal sealed record KnownContacts(IReadOnlyList<string> Contacts, string? Silence);

/// <summary>All sources of addresses of other peers: the command line, the bootstrap service and the registry, each of which may be absent.</summary>
internal sealed class ContactBook(IReadOnlyList<string> given, BootstrapEntry? bootstrap, RegistryLease? registry)
{
    /// <summary>Whether anything but the command line is there to be asked.</summary>
    public bool HasServices => bootstrap is not null || registry is not null;

    /// <summary>Whether there is no source at all.</summary>
    public bool IsEmpty => given.Count == 0 && !HasServices;

    /// <summary>Asks all sources, at the start; puts this peer on the bootstrap list on the way.</summary>
    public async Task<KnownContacts> AskAsync(CancellationToken cancellationToken)
    {
        var (joining, listing) = (JoinBootstrapAsync(cancellationToken), ListRegisteredAsync(cancellationToken));
        var (bootstrapSilence, (registered, registrySilence)) = (await joining, await listing);
        return new(Union(registered), bootstrap is not null ? bootstrapSilence : registrySilence);
    }

    /// <summary>What the sources say while the peer runs; one that does not answer adds nothing, which its own loop has reported.</summary>
    public async Task<IReadOnlyList<string>> RefreshAsync(CancellationToken cancellationToken) => Union((await ListRegisteredAsync(cancellationToken)).Addresses);

    private IReadOnlyList<string> Union(IReadOnlyList<string> registered) =>
        [.. given.Concat(bootstrap?.Contacts ?? []).Concat(registered).Distinct(StringComparer.Ordinal)];

    private async Task<string?> JoinBootstrapAsync(CancellationToken cancellationToken)
    {
        try
        {
            await (bootstrap?.JoinAsync(cancellationToken) ?? Task.CompletedTask);
            return null;
        }
        catch (BootstrapException e)
        {
            return e.Message;
        }
    }

    private async Task<(IReadOnlyList<string> Addresses, string? Silence)> ListRegisteredAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (registry is null ? [] : await registry.ListAsync(cancellationToken), null);
        }
        catch (RpcException e)
        {
            return ([], $"The registry does not answer: {RegistryLease.Reason(e)}.");
        }
    }
}
