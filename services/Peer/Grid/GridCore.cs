using ChittyChat.LogicalTime;

namespace ChittyChat.Peer.Grid;

/// <summary>
/// One server of the grid, without its sockets: its log, its links, and whom it believes alive. Inputs and the time go in; what is to be done comes
/// out in <see cref="Actions"/>. Not for several threads at once.
/// </summary>
/// <remarks>
/// A server is alive from its first ping on a link until that link ends or stays silent. A silent link is kept, since a stopped process goes on with it
/// when it is resumed; a later link from the same server replaces it. The end of a link ends nothing but that link.
/// </remarks>
/// <param name="id">This server.</param>
/// <param name="size">How many servers there are at most; their ids are less.</param>
internal sealed class GridCore(int id, int size)
{
    private readonly byte[] _ping = PeerLine.Ping(id);
    private readonly byte[] _greeting = PeerLine.Greeting(id);
    private readonly GridLink?[] _current = new GridLink?[size];
    private readonly Lower[] _lower = new Lower[id];
    private readonly List<GridLink> _links = [];
    private readonly List<GridMessage> _log = [];
    private readonly LamportClock _clock = new();
    private long _opened;
    private int _dialling;
    private int _lastDialled = -1;
    private TimeSpan _lastInput;

    // The time in which this process was running: what others did not say while this one was stopped is no silence of theirs.
    private TimeSpan _now;

    /// <summary>What is to be done, in this order. Whoever does it clears the list.</summary>
    public List<GridAction> Actions { get; } = [];

    /// <summary>What went wrong so far.</summary>
    public GridCounts Counts { get; } = new();

    /// <summary>All messages in the order in which they came, this server's own included.</summary>
    public IReadOnlyList<GridMessage> Log => _log;

    /// <summary>The servers believed alive, ascending, this one included.</summary>
    public IEnumerable<int> Alive()
    {
        for (var peer = 0; peer < size; peer++)
        {
            if (peer == id || _current[peer] is { IsUp: true })
            {
                yield return peer;
            }
        }
    }

    /// <summary>Time has passed. Comes before every other input.</summary>
    /// <param name="elapsed">Since the start; never less than before.</param>
    public void Advance(TimeSpan elapsed)
    {
        var step = elapsed - _lastInput;
        _lastInput = elapsed;
        _now += step < GridRules.LongestStep ? step : GridRules.LongestStep;
    }

    /// <summary>Judges the silent, sends the pings, dials whoever is missing. Due every <see cref="GridRules.Tick"/>.</summary>
    public void Tick()
    {
        for (var i = _links.Count - 1; i >= 0; i--)
        {
            Judge(_links[i]);
        }

        for (var i = 0; i < _lower.Length && _dialling < GridRules.Dials; i++)
        {
            _lastDialled = (_lastDialled + 1) % _lower.Length;
            ref var lower = ref _lower[_lastDialled];
            if (!lower.IsBusy && lower.NextDial <= _now)
            {
                lower.IsBusy = true;
                _dialling++;
                Actions.Add(new GridAction.Dial(_lastDialled));
            }
        }
    }

    /// <summary>An attempt to connect has failed.</summary>
    public void DialFailed(int peer)
    {
        _dialling--;
        _lower[peer].IsBusy = false;
        _lower[peer].NextDial = _now + GridRules.Redial;
    }

    /// <summary>A connection is open. Called in the order in which connections were accepted.</summary>
    /// <param name="dialled">The server that was dialled; null when the other end dialled.</param>
    public GridLink Opened(int? dialled)
    {
        _dialling -= dialled is null ? 0 : 1;
        var link = new GridLink(++_opened, dialled, _now);
        _links.Add(link);
        Actions.Add(new GridAction.Send(link, _greeting));
        return link;
    }

    /// <summary>A line has come, without its end.</summary>
    public void Received(GridLink link, ReadOnlySpan<byte> bytes)
    {
        // What is left of a replaced link is older than what the later one has brought.
        if (link.IsClosed)
        {
            return;
        }

        var line = PeerLine.Read(bytes);
        if (line.Kind == PeerLineKind.Ping && link.Peer is null)
        {
            Identify(link, line.Number);
        }

        if (line.Kind == PeerLineKind.Malformed || (line.Kind == PeerLineKind.Message && link.Peer is null))
        {
            Counts.Malformed++;
        }
        else if (link.Peer is { } peer)
        {
            Hear(link, peer);
            Take(link, peer, line);
        }
    }

    /// <summary>A link's connection has ended, whoever ended it; any number of times, however late.</summary>
    public void Ended(GridLink link, string reason)
    {
        if (link.IsClosed)
        {
            return;
        }

        link.IsClosed = true;
        _links.Remove(link);
        if (link.Peer is { } peer && _current[peer] == link)
        {
            _current[peer] = null;
            if (link.IsUp)
            {
                link.IsUp = false;
                Actions.Add(new GridAction.Tell($"{peer} is gone: {reason}"));
            }
        }

        if (link.Dialled is { } dialled)
        {
            ref var lower = ref _lower[dialled];
            lower.IsOurs = link.Peer is null ? lower.IsOurs : link.IsOurs;
            lower.IsBusy = false;
            lower.NextDial = _now + (lower.IsOurs ? GridRules.Redial : GridRules.RedialOther);
        }
    }

    /// <summary>A link has more to send than may wait.</summary>
    public void Overflowed(GridLink link)
    {
        if (!link.IsClosed)
        {
            Counts.Overflowed++;
            Close(link, "it does not take what is sent to it");
        }
    }

    /// <summary>The master has a message for all.</summary>
    public void Broadcast(ReadOnlySpan<byte> text)
    {
        var time = _clock.Tick();
        var timed = PeerLine.Message(id, text, time);
        byte[]? plain = null;
        _log.Add(new GridMessage(id, time, time, timed.AsMemory(timed.Length - 1 - text.Length, text.Length)));
        foreach (var link in _links)
        {
            if (link.IsUp)
            {
                Actions.Add(new GridAction.Send(link, link.IsOurs ? timed : plain ??= PeerLine.Message(id, text, null)));
            }
        }
    }

    private void Judge(GridLink link)
    {
        var silence = _now - link.LastHeard;
        if (link.IsUp && silence >= GridRules.Silence)
        {
            link.IsUp = false;
            Counts.Silenced++;
            Actions.Add(new GridAction.Tell($"{link.Peer} is silent"));
        }

        if (silence < GridRules.GiveUp)
        {
            if (_now - link.LastPing >= GridRules.Ping)
            {
                link.LastPing = _now;
                Actions.Add(new GridAction.Send(link, _ping));
            }
        }
        else if (link.Dialled is { } dialled ? link.IsOurs || _lower[dialled].IsOurs : link.Peer is null)
        {
            Close(link, "it stayed silent");
        }
    }

    private void Identify(GridLink link, ulong number)
    {
        // The higher id dials, and so no pair has two links.
        var isExpected = link.Dialled is { } dialled ? number == (ulong)dialled : number > (ulong)id && number < (ulong)size;
        if (!isExpected)
        {
            Counts.Refused++;
            Actions.Add(new GridAction.Tell($"{link} is refused: the other end says that it is {number} (ids are less than {size}, and the higher one dials)"));
            Close(link, "it is refused");
            return;
        }

        var peer = (int)number;
        if (_current[peer] is { } known)
        {
            Counts.Replaced++;
            var older = known.Number < link.Number ? known : link;
            Close(older, "a later link replaces this one");
            if (older == link)
            {
                return;
            }
        }

        link.Peer = peer;
        _current[peer] = link;
    }

    private void Hear(GridLink link, int peer)
    {
        link.LastHeard = _now;
        if (!link.IsUp)
        {
            link.IsUp = true;
            Actions.Add(new GridAction.Tell($"{peer} is alive"));
        }
    }

    private void Take(GridLink link, int peer, PeerLine line)
    {
        switch (line.Kind)
        {
            case PeerLineKind.Hello:
                link.IsOurs = true;
                break;
            case PeerLineKind.At when line.Number < long.MaxValue:
                link.NextSentAt = new LamportTime(line.Number);
                break;
            case PeerLineKind.Message:
                _log.Add(new GridMessage(peer, link.NextSentAt, _clock.Witness(link.NextSentAt), line.Text.ToArray()));
                link.NextSentAt = LamportTime.Zero;
                break;
        }
    }

    private void Close(GridLink link, string reason)
    {
        Actions.Add(new GridAction.Close(link));
        Ended(link, reason);
    }

    // What is known of a server that this one dials.
    private struct Lower
    {
        public bool IsBusy;
        public bool IsOurs;
        public TimeSpan NextDial;
    }
}
