using System.Globalization;

namespace ChittyChat.Peer.Chat;

/// <summary>One stay of one peer in the chat; a peer that restarts, or that had to rejoin, has another. Never 0.</summary>
internal readonly record struct SessionId(ulong Value)
{
    /// <summary>Draws a new one.</summary>
    public static SessionId Draw(Random random)
    {
        while (true)
        {
            var value = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            if (value != 0)
            {
                return new SessionId(value);
            }
        }
    }

    /// <summary>16 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
