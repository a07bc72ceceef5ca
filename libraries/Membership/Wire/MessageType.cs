namespace ChittyChat.Membership.Wire;

/// <summary>The first byte of every message and of every layer around messages.</summary>
internal enum MessageType : byte
{
    Ping = 0,
    IndirectPing = 1,
    Ack = 2,
    Suspect = 3,
    Alive = 4,
    Dead = 5,
    PushPull = 6,
    Compound = 7,
    User = 8,
    Compress = 9,
    Encrypt = 10,
    Nack = 11,
    HasChecksum = 12,
    Error = 13,
    Label = 244,
}
