namespace ChittyChat.Membership.Core;

/// <summary>A message in the gossip queue.</summary>
/// <param name="key">Whom it is about: a newer message with the same key replaces it; null never matches.</param>
/// <param name="message">The message with its type byte.</param>
/// <param name="token">What the one who waits for it is told by when it is done; null: nobody waits.</param>
internal sealed class Broadcast(string? key, byte[] message, object? token)
{
    public string? Key => key;

    public byte[] Message => message;

    public object? Token => token;

    public int Transmits { get; set; }

    public bool IsRemoved { get; set; }
}
