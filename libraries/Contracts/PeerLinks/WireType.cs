namespace ChittyChat.Contracts.PeerLinks;

/// <summary>The wire types of protobuf that proto3 uses.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    LengthDelimited = 2,
    Fixed32 = 5,
}
