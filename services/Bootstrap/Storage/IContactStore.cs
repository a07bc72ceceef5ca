namespace ChittyChat.Bootstrap;

/// <summary>
/// Keeps one <see cref="ContactBook"/>. A writer says which version it replaces; if another writer came first nothing is written, and it decides anew.
/// </summary>
internal interface IContactStore
{
    /// <summary>What kind of store it is, as <see cref="BootstrapOptions.Store"/> names it.</summary>
    string Kind { get; }

    /// <summary>Where exactly, for people; without secrets.</summary>
    string Place { get; }

    /// <summary>Gives the latest book; null when none was ever written.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be read.</exception>
    Task<StoredBook?> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Writes the book, all or nothing, if the version before it (0: none was ever written) is the one in the store.</summary>
    /// <returns>False if another version is in the store; then nothing was written.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot be written.</exception>
    Task<bool> TryWriteAsync(StoredBook next, CancellationToken cancellationToken);
}

/// <summary>A book and its version, which rises by one with every write; the first is 1.</summary>
internal sealed record StoredBook(long Version, ContactBook Book);

/// <summary>The store cannot be used. The message says why and what to do, and is meant for the service's callers too.</summary>
internal sealed class StoreUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
