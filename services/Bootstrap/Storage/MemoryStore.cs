namespace ChittyChat.Bootstrap;

/// <summary>Keeps the book in this process: it is gone when the process ends.</summary>
internal sealed class MemoryStore : IContactStore
{
    private readonly Lock _gate = new();
    private StoredBook? _stored;

    public string Kind => StoreKinds.Memory;

    public string Place => "this process";

    public Task<StoredBook?> ReadAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_stored);
        }
    }

    public Task<bool> TryWriteAsync(StoredBook next, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if ((_stored?.Version ?? 0) != next.Version - 1)
            {
                return Task.FromResult(false);
            }

            _stored = next;
            return Task.FromResult(true);
        }
    }
}
