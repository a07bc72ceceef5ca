namespace ChittyChat.Membership.Serf;

/// <summary>Serf's Lamport clock: it starts at 1, and shows the time that the next event gets.</summary>
internal sealed class SerfClock
{
    public ulong Time { get; private set; } = 1;

    public ulong Increment() => ++Time;

    public void Witness(ulong seen)
    {
        if (seen >= Time && seen < ulong.MaxValue)
        {
            Time = seen + 1;
        }
    }
}
