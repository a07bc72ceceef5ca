using System.Collections.Immutable;
using System.Security.Cryptography;

namespace ChittyChat.Membership;

/// <summary>
/// The keys of a cluster. One encrypts, all decrypt, so keys can be exchanged while the cluster runs: add the new key
/// everywhere, use it everywhere, remove the old one everywhere. Safe to use from any thread.
/// </summary>
public sealed class Keyring
{
    private ImmutableArray<ReadOnlyMemory<byte>> _keys = [];

    /// <summary>Creates a keyring; the first key encrypts. No keys: no encryption.</summary>
    /// <exception cref="ArgumentException">A key does not have 16, 24 or 32 bytes.</exception>
    public Keyring(IEnumerable<ReadOnlyMemory<byte>> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        foreach (var key in keys)
        {
            Add(key);
        }
    }

    /// <summary>Whether there is a key at all.</summary>
    public bool IsEnabled => !Current.IsEmpty;

    /// <summary>All keys, the one that encrypts first.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Keys => Current;

    private ImmutableArray<ReadOnlyMemory<byte>> Current => ImmutableInterlocked.InterlockedCompareExchange(ref _keys, default, default);

    /// <summary>Adds a key that decrypts; the first key of an empty ring encrypts as well. Adding a known key changes nothing.</summary>
    /// <exception cref="ArgumentException">The key does not have 16, 24 or 32 bytes.</exception>
    public void Add(ReadOnlyMemory<byte> key)
    {
        if (key.Length is not (16 or 24 or 32))
        {
            throw new ArgumentException($"A key must have 16, 24 or 32 bytes, but this one has {key.Length}.", nameof(key));
        }

        ImmutableInterlocked.Update(ref _keys, keys => IndexOf(keys, key.Span) < 0 ? keys.Add(key.ToArray()) : keys);
    }

    /// <summary>Encrypts with this key from now on.</summary>
    /// <exception cref="ArgumentException">The key is not in the ring: add it first.</exception>
    public void Use(ReadOnlyMemory<byte> key) => ImmutableInterlocked.Update(ref _keys, keys =>
    {
        var index = IndexOf(keys, key.Span);
        return index < 0
            ? throw new ArgumentException("The key is not in the ring: add it first.", nameof(key))
            : keys.RemoveAt(index).Insert(0, keys[index]);
    });

    /// <summary>Removes a key. Removing an unknown key changes nothing.</summary>
    /// <exception cref="ArgumentException">The key is the one that encrypts: use another one first.</exception>
    public void Remove(ReadOnlyMemory<byte> key) => ImmutableInterlocked.Update(ref _keys, keys => IndexOf(keys, key.Span) switch
    {
        < 0 => keys,
        0 => throw new ArgumentException("The key is the one that encrypts: use another one first.", nameof(key)),
        var index => keys.RemoveAt(index),
    });

    /// <summary>Encrypts with the first key: the cipher text has the length of the plain text.</summary>
    internal void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, Span<byte> cipherText, Span<byte> tag, ReadOnlySpan<byte> authenticated)
    {
        // A cipher object is not safe for concurrent use, and datagrams and streams meet here; making one takes about a microsecond.
        using var cipher = new AesGcm(Current[0].Span, tag.Length);
        cipher.Encrypt(nonce, plain, cipherText, tag, authenticated);
    }

    /// <summary>Decrypts with whichever key fits; false when none does.</summary>
    internal bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> cipherText, ReadOnlySpan<byte> tag, Span<byte> plain, ReadOnlySpan<byte> authenticated)
    {
        foreach (var key in Current)
        {
            using var cipher = new AesGcm(key.Span, tag.Length);
            try
            {
                cipher.Decrypt(nonce, cipherText, tag, plain, authenticated);
                return true;
            }
            catch (AuthenticationTagMismatchException)
            {
                // Made with another key, or not made by a member at all.
                continue;
            }
        }

        return false;
    }

    private static int IndexOf(ImmutableArray<ReadOnlyMemory<byte>> keys, ReadOnlySpan<byte> key)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            if (CryptographicOperations.FixedTimeEquals(keys[i].Span, key))
            {
                return i;
            }
        }

        return -1;
    }
}
