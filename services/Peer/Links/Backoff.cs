namespace ChittyChat.Peer.Links;

/// <summary>Waits between attempts: doubling, and each only between half and the whole of that, so that many do not come at once.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, Random random)
{
    private int _doublings;

    /// <summary>The next wait.</summary>
    public TimeSpan Next()
    {
        var wait = first * Math.Pow(2, _doublings);
        if (wait < longest)
        {
            _doublings++;
        }

        return (wait < longest ? wait : longest) * (0.5 + random.NextDouble() / 2);
    }

    /// <summary>An attempt has succeeded: begins again with the first.</summary>
    public void Reset() => _doublings = 0;
}
