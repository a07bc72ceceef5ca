namespace ChittyChat.Peer.Grid;

/// <summary>What the master can ask for.</summary>
internal enum MasterCommandKind
{
    /// <summary>Blank, unknown, or without what it needs: nothing is done, nothing is answered.</summary>
    None,

    /// <summary><c>alive</c>: answered by the ids of the servers believed alive.</summary>
    Alive,

    /// <summary><c>get</c>: answered by the whole log.</summary>
    Get,

    /// <summary><c>broadcast TEXT</c>: not answered.</summary>
    Broadcast,

    /// <summary><c>crash</c>: the process ends at once.</summary>
    Crash,
}

/// <summary>A line from the master.</summary>
internal readonly ref struct MasterCommand
{
    public MasterCommandKind Kind { get; private init; }

    /// <summary>What is to be broadcast: everything after the first space, byte for byte.</summary>
    public ReadOnlySpan<byte> Text { get; private init; }

    /// <summary>Reads a line, given without its end.</summary>
    public static MasterCommand Read(ReadOnlySpan<byte> line)
    {
        var broadcast = "broadcast "u8;
        if (line.StartsWith(broadcast))
        {
            // An empty text would be an entry that no answer shows, and no line of the servers' protocol.
            return line.Length == broadcast.Length ? default : new MasterCommand { Kind = MasterCommandKind.Broadcast, Text = line[broadcast.Length..] };
        }

        // A person's terminal may send what a master does not.
        line = line.TrimEnd(" \r"u8);
        return new MasterCommand
        {
            Kind = line.SequenceEqual("alive"u8) ? MasterCommandKind.Alive
                : line.SequenceEqual("get"u8) ? MasterCommandKind.Get
                : line.SequenceEqual("crash"u8) ? MasterCommandKind.Crash
                : MasterCommandKind.None,
        };
    }
}
