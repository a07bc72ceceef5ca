using System.Net;

namespace ChittyChat.Peer.Options;

/// <summary>Which of memberlist's presets the gossip uses: how quick it is to call a silent member dead.</summary>
internal enum GossipProfile
{
    /// <summary>All members on one machine.</summary>
    Local,

    /// <summary>All members in one network.</summary>
    Lan,

    /// <summary>Members that are far apart.</summary>
    Wan,
}

/// <summary>How one peer runs. Made by <see cref="PeerSettings"/>, which also validates; a value here is valid.</summary>
internal sealed record PeerOptions
{
    /// <value>The name in the chat and in the cluster. Default: a readable random one.</value>
    public required string Name { get; init; }

    /// <value>The local address of gossip and gRPC. Default: 127.0.0.1.</value>
    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <value>The address that others are told. Default: null, the bound one, or when that is "any" the first address of this machine that others can reach.</value>
    public IPAddress? Advertise { get; init; }

    /// <value>UDP and TCP port of the gossip. Default: 0, any free one.</value>
    public int GossipPort { get; init; }

    /// <value>TCP port of status, health and control. Default: null, that of ASPNETCORE_URLS, else any free one.</value>
    public int? HttpPort { get; init; }

    /// <value>Members to contact first, as host:port of their gossip. Default: none.</value>
    public IReadOnlyList<string> Join { get; init; } = [];

    /// <value>How long to wait for one of <see cref="Join"/> when there is no service to ask; zero: one try. Default: 15 s.</value>
    public TimeSpan JoinTimeout { get; init; } = TimeSpan.FromSeconds(PeerSettings.DefaultJoinTimeout);

    /// <value>Address of the bootstrap service. Default: null, none.</value>
    public Uri? Bootstrap { get; init; }

    /// <value>gRPC address of the registry. Default: null, none.</value>
    public Uri? Registry { get; init; }

    /// <value>gRPC address of the test server. Default: null, none.</value>
    public Uri? TestServer { get; init; }

    /// <value>File of the chat log. Default: null; then standard output, or in a terminal a file in the directory for temporary files.</value>
    public string? LogFile { get; init; }

    /// <value>How many delivered events are kept for <c>History</c> and watchers. Default: 10,000.</value>
    public int History { get; init; } = PeerSettings.DefaultHistory;

    /// <value>The pace of the gossip. Default: local on loopback, else lan.</value>
    public GossipProfile Profile { get; init; }

    /// <value>Whether each message that is published here goes to Serf agents as a user event too. Default: false.</value>
    public bool SerfEvents { get; init; }

    /// <value>AES keys of the gossip: the first encrypts, all decrypt. Default: none, the gossip is not encrypted.</value>
    public IReadOnlyList<ReadOnlyMemory<byte>> GossipKeys { get; init; } = [];

    /// <value>No line editor and no cursor codes, even in a terminal. Default: false.</value>
    public bool Plain { get; init; }

    /// <value>Leave when standard input ends. Default: false; a terminal's end of input always leaves.</value>
    public bool QuitAtEof { get; init; }

    /// <value>Commands to run once the peer is in the chat. Default: null, none.</value>
    public string? Script { get; init; }

    /// <value>The secret that the control endpoint asks for. Default: null, then there is no control endpoint.</value>
    public string? ControlToken { get; init; }

    /// <value>The secret with which others attach to the prompt; that of the control endpoint does as well. Default: null.</value>
    public string? ConsoleToken { get; init; }
}
