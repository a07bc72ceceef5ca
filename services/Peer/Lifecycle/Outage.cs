namespace ChittyChat.Peer.Lifecycle;

/// <summary>Turns a row of results into two lines: one when a service is lost, one when it is back.</summary>
internal sealed class Outage(ILogger logger, string service, string consequence)
{
    private bool _away;

    /// <summary>A call has failed for <paramref name="reason"/>. Not to be called by two threads at once.</summary>
    public void Failed(string reason)
    {
        if (!_away)
        {
            _away = true;
            logger.ServiceLost(service, reason, consequence);
        }
    }

    /// <summary>A call has succeeded.</summary>
    public void Succeeded()
    {
        if (_away)
        {
            _away = false;
            logger.ServiceBack(service);
        }
    }
}
