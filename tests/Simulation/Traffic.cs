namespace ChittyChat.Simulation;

/// <summary>What was sent, by one node or by all.</summary>
/// <param name="Datagrams">Datagrams.</param>
/// <param name="DatagramBytes">Their bytes, without the headers of UDP and IP.</param>
/// <param name="Streams">Streams that were opened.</param>
/// <param name="StreamBytes">The bytes sent on streams, in both directions.</param>
public readonly record struct Traffic(long Datagrams, long DatagramBytes, long Streams, long StreamBytes)
{
    /// <summary>What was sent from <paramref name="earlier"/> to <paramref name="later"/>.</summary>
    public static Traffic operator -(Traffic later, Traffic earlier) => new(
        later.Datagrams - earlier.Datagrams, later.DatagramBytes - earlier.DatagramBytes, later.Streams - earlier.Streams, later.StreamBytes - earlier.StreamBytes);
}
