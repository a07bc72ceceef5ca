using ChittyChat.Contracts.V1;

namespace ChittyChat.Registry.Store;

/// <summary>
/// Members under leases, and the history of their changes. Each call is one atomic step, and begins by removing the members whose
/// lease has run out, so none of them is ever seen. Several processes may share one store.
/// </summary>
/// <remarks>Every call throws <see cref="StoreUnavailableException"/> when the store cannot be read or written; a write may then have happened or not.</remarks>
internal interface IMemberStore
{
    /// <summary>How many members there may be: with every field at its longest, their list still fits into one gRPC message (4 MB).</summary>
    const int Capacity = 4000;

    /// <summary>How many changes are remembered; older positions cannot be resumed.</summary>
    const int History = 1024;

    /// <summary>Writes the member under a new lease, replacing one of the same id. Same contents again is no change.</summary>
    /// <returns>False when there are <see cref="Capacity"/> others already.</returns>
    Task<bool> RegisterAsync(RegisteredMember member, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Lets the member's lease run from now.</summary>
    /// <returns>False when there is no such member.</returns>
    Task<bool> RenewAsync(string id, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Removes the member.</summary>
    /// <returns>False when there was none.</returns>
    Task<bool> DeregisterAsync(string id, CancellationToken cancellationToken);

    /// <summary>All members, in no particular order.</summary>
    Task<MemberList> ListAsync(CancellationToken cancellationToken);

    /// <summary>What has changed since <paramref name="after"/>, oldest first.</summary>
    Task<ChangeBatch> ChangesAfterAsync(Revision after, CancellationToken cancellationToken);
}

/// <summary>All members at one position of the history.</summary>
internal sealed record MemberList(Revision Revision, IReadOnlyList<RegisteredMember> Members);

/// <summary>The changes between two positions of the history.</summary>
/// <param name="IsComplete">False when the earlier position is not in the history (too old, or from before the store lost data); there are no changes then.</param>
/// <param name="Revision">The later position.</param>
/// <param name="Members">How many members there are at the later position.</param>
/// <param name="Changes">Oldest first.</param>
internal sealed record ChangeBatch(bool IsComplete, Revision Revision, int Members, IReadOnlyList<Change> Changes);

/// <summary>The store cannot be read or written at the moment. The message is for the caller of the registry.</summary>
internal sealed class StoreUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
