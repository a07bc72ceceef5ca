using System.Text;

namespace ChittyChat.Peer.Chat;

/// <summary>One stay of somebody who is in the chat through this peer: of the peer itself, or of one for whom it is the proxy.</summary>
internal sealed class Participation(string name)
{
    private volatile bool _isOver;

    /// <summary>The participant's name.</summary>
    public string Name => name;

    /// <summary>The name, encoded.</summary>
    public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(name);

    /// <summary>The message that announced it.</summary>
    public Published Joined { get; set; }

    /// <summary>Whether it has left.</summary>
    public bool IsOver
    {
        get => _isOver;
        set => _isOver = value;
    }
}
