namespace ChittyChat.Membership;

/// <summary>
/// The keys of a cluster. One encrypts, all decrypt, so keys can be exchanged while the cluster runs: add the new key
/// everywhere, use it everywhere, remove the old one everywhere. Safe to use from any thread.
/// </summary>
public sealed class Keyring
{
    /// <summary>Creates a keyring; the first key encrypts. No keys: no encryption.</summary>
    /// <exception cref="ArgumentException">A key does not have 16, 24 or 32 bytes.</exception>
    public Keyring(IEnumerable<ReadOnlyMemory<byte>> keys) => throw new NotImplementedException();

    /// <summary>Whether there is a key at all.</summary>
    public bool IsEnabled => throw new NotImplementedException();

    /// <summary>All keys, the one that encrypts first.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Keys => throw new NotImplementedException();

    /// <summary>Adds a key that decrypts; the first key of an empty ring encrypts as well. Adding a known key changes nothing.</summary>
    /// <exception cref="ArgumentException">The key does not have 16, 24 or 32 bytes.</exception>
    public void Add(ReadOnlyMemory<byte> key) => throw new NotImplementedException();

    /// <summary>Encrypts with this key from now on.</summary>
    /// <exception cref="ArgumentException">The key is not in the ring: add it first.</exception>
    public void Use(ReadOnlyMemory<byte> key) => throw new NotImplementedException();

    /// <summary>Removes a key. Removing an unknown key changes nothing.</summary>
    /// <exception cref="ArgumentException">The key is the one that encrypts: use another one first.</exception>
    public void Remove(ReadOnlyMemory<byte> key) => throw new NotImplementedException();
}
