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
        var contacts = new List<string>(given);
        string? silence = null;
        if (bootstrap is not null)
        {
            try
            {
                await bootstrap.JoinAsync(cancellationToken);
                contacts.AddRange(bootstrap.Contacts);
            }
            catch (BootstrapException e)
            {
                silence = e.Message;
            }
        }

        if (registry is not null)
        {
            try
            {
                contacts.AddRange(await registry.ListAsync(cancellationToken));
            }
            catch (RpcException e)
            {
                silence ??= bootstrap is null ? $"The registry does not answer ({e.StatusCode}: {e.Status.Detail})." : null;
            }
        }

        return new([.. contacts.Distinct(StringComparer.Ordinal)], silence);
    }

    /// <summary>What the sources say while the peer runs; those that do not answer say nothing, which their own loops report.</summary>
    public async Task<IEnumerable<string>> RefreshAsync(CancellationToken cancellationToken)
    {
        IEnumerable<string> registered = [];
        if (registry is not null)
        {
            try
            {
                registered = await registry.ListAsync(cancellationToken);
            }
            catch (RpcException)
            {
                // Reported once by the lease; whoever is only known there is found when it is back.
            }
        }

        return given.Concat(bootstrap?.Contacts ?? []).Concat(registered).Distinct(StringComparer.Ordinal);
    }
}
