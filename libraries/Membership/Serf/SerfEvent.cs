namespace ChittyChat.Membership.Serf;

/// <summary>A user event: something that any member announced to all.</summary>
/// <param name="Time">Its Lamport time in the cluster's event clock.</param>
/// <param name="Name">What kind of event it is.</param>
/// <param name="Payload">What the announcer had to say.</param>
/// <param name="Coalesce">Whether of several events of this name only the latest matters.</param>
public sealed record SerfEvent(ulong Time, string Name, ReadOnlyMemory<byte> Payload, bool Coalesce);
