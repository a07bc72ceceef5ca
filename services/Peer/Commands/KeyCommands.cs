using System.Security.Cryptography;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Lifecycle;

namespace ChittyChat.Peer.Commands;

/// <summary>The keys of the gossip. They are secrets: only fingerprints are shown, and lines with keys are not kept in the history.</summary>
[CommandGroup("membership")]
internal sealed class KeyCommands(PeerLifecycle lifecycle) : ICommandSet
{
    private const int FingerprintBytes = 6;

    public void Register(CommandRegistry registry) => registry.RegisterFrom(this);

    [Command("keys", "List the keys of the gossip by their fingerprints; the first encrypts, all decrypt", Aliases = ["keys list"])]
    [Example("/keys", "none means that the gossip is not encrypted")]
    public IReadOnlyList<KeyRow> List() =>
        [.. lifecycle.RequireNode().Keyring.Keys.Select((key, index) => new KeyRow(FingerprintOf(key.Span), key.Length * 8, index == 0 ? "encrypts" : "decrypts"))];

    [Command("keys new", "Make a key; nothing is done with it")]
    [Example("/keys new", "then /keys add it at every member")]
    public static string New() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Command("keys add", "Add a key that decrypts; the first one of all encrypts as well")]
    [Example("/keys add $key", "at every member, before any of them uses it")]
    public IReadOnlyList<KeyRow> Add([Argument("key", "16, 24 or 32 bytes in Base64")] string key)
    {
        var ring = lifecycle.RequireNode().Keyring;
        ring.Add(Read(key));
        return List();
    }

    [Command("keys use", "Encrypt with a key from now on; every member must have it")]
    [Example("/keys use $key", "after /keys add at every member")]
    public IReadOnlyList<KeyRow> Use([Argument("key", "The key, or its fingerprint", Completions = nameof(Fingerprints))] string key)
    {
        lifecycle.RequireNode().Keyring.Use(Find(key));
        return List();
    }

    [Command("keys remove", "Remove a key; what is encrypted with it is not understood any more")]
    [Example("/keys remove $key", "after every member uses another one")]
    public IReadOnlyList<KeyRow> Remove([Argument("key", "The key, or its fingerprint", Completions = nameof(Fingerprints))] string key)
    {
        var ring = lifecycle.RequireNode().Keyring;
        var found = Find(key);
        if (ring.Keys[0].Span.SequenceEqual(found.Span))
        {
            throw new CommandException("this key encrypts", "Use another one first: /keys use.");
        }

        ring.Remove(found);
        return List();
    }

    /// <summary>Names a key without giving it away.</summary>
    internal static string FingerprintOf(ReadOnlySpan<byte> key) => Convert.ToHexStringLower(SHA256.HashData(key)[..FingerprintBytes]);

    private static ReadOnlyMemory<byte> Read(string text)
    {
        var key = new byte[text.Length];
        return Convert.TryFromBase64String(text, key, out var length) && length is 16 or 24 or 32
            ? key.AsMemory(0, length)
            : throw new CommandException("this is no key", "16, 24 or 32 bytes in Base64 are expected; /keys new makes one.", ExitCodes.Usage);
    }

    private ReadOnlyMemory<byte> Find(string text)
    {
        var keys = lifecycle.RequireNode().Keyring.Keys;
        foreach (var key in keys)
        {
            if (FingerprintOf(key.Span).Equals(text, StringComparison.OrdinalIgnoreCase) || Convert.ToBase64String(key.Span) == text)
            {
                return key;
            }
        }

        throw new CommandException("the ring has no such key", keys.Count == 0 ? "It has none at all; /keys add it first." : "/keys lists the fingerprints; /keys add it first.");
    }

    private IEnumerable<string> Fingerprints() => lifecycle.Stay?.Node is { } node ? node.Keyring.Keys.Select(key => FingerprintOf(key.Span)) : [];

    internal sealed record KeyRow(string Fingerprint, int Bits, string Use);
}
