using ChittyChat.Contracts.V1;

namespace ChittyChat.TestServer.Attendance;

/// <summary>All peers that attend, and in which run each of them takes part. A peer is in one run at a time.</summary>
internal sealed class AttendanceHub(ILogger<AttendanceHub> logger)
{
    private readonly Lock _gate = new();
    private readonly List<Seat> _seats = [];
    private readonly List<(IAttendanceSink Sink, Func<AttendingPeer, bool> Claims)> _claims = [];

    /// <summary>The names of those who take part in no run.</summary>
    public IReadOnlyList<string> Idle
    {
        get
        {
            lock (_gate)
            {
                return [.. _seats.Where(seat => seat.Sink is null).Select(seat => seat.Peer.Name).Distinct().Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>The names of all.</summary>
    public IReadOnlyList<string> Attending
    {
        get
        {
            lock (_gate)
            {
                return [.. _seats.Select(seat => seat.Peer.Name).Distinct().Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>From now on whoever comes and is claimed belongs to the sink; and so do those who are here.</summary>
    public void Claim(IAttendanceSink sink, Func<AttendingPeer, bool> claims)
    {
        List<AttendingPeer> here = [];
        lock (_gate)
        {
            _claims.Add((sink, claims));
            foreach (var seat in _seats.Where(seat => seat.Sink is null && claims(seat.Peer)))
            {
                seat.Sink = sink;
                here.Add(seat.Peer);
            }
        }

        here.ForEach(sink.Attended);
    }

    /// <summary>The run is over; its peers are free.</summary>
    public void Release(IAttendanceSink sink)
    {
        List<AttendingPeer> here = [];
        lock (_gate)
        {
            _claims.RemoveAll(claim => claim.Sink == sink);
            foreach (var seat in _seats.Where(seat => seat.Sink == sink))
            {
                seat.Sink = null;
                here.Add(seat.Peer);
            }
        }

        here.ForEach(peer => peer.StopWatching());
    }

    /// <summary>A peer attends from now on.</summary>
    public void Enter(AttendingPeer peer)
    {
        IAttendanceSink? sink;
        lock (_gate)
        {
            sink = _claims.FirstOrDefault(claim => claim.Claims(peer)).Sink;
            _seats.Add(new Seat(peer) { Sink = sink });
        }

        logger.Attends(peer.Name, peer.Process);
        sink?.Attended(peer);
    }

    /// <summary>A peer reports.</summary>
    public void Report(AttendingPeer peer, AttendanceReport report)
    {
        SinkOf(peer)?.Reported(peer, report);
        if (report.ReportCase == AttendanceReport.ReportOneofCase.Result)
        {
            // After the sink has seen all that came before.
            peer.Complete(report.Result);
        }
    }

    /// <summary>A peer attends no more.</summary>
    public void Leave(AttendingPeer peer)
    {
        var sink = SinkOf(peer);
        lock (_gate)
        {
            _seats.RemoveAll(seat => seat.Peer == peer);
        }

        logger.IsGone(peer.Name, peer.Process);
        sink?.Gone(peer);
        peer.End();
    }

    private IAttendanceSink? SinkOf(AttendingPeer peer)
    {
        lock (_gate)
        {
            return _seats.Find(seat => seat.Peer == peer)?.Sink;
        }
    }

    private sealed class Seat(AttendingPeer peer)
    {
        public AttendingPeer Peer => peer;

        public IAttendanceSink? Sink { get; set; }
    }
}
