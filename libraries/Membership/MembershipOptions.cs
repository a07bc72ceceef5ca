using System.Buffers;
using System.Net;
using System.Text;

namespace ChittyChat.Membership;

/// <summary>
/// How a node takes part. Start from <see cref="Lan"/>, <see cref="Wan"/> or <see cref="Local"/>, which are memberlist's
/// presets; members of one cluster should use the same one. The defaults of the type are those of <see cref="Lan"/>.
/// </summary>
public sealed class MembershipOptions
{
    /// <summary>The most bytes of metadata a member can announce.</summary>
    public const int MaxMetadataLength = 512;

    /// <summary>The most characters of a member's name.</summary>
    public const int MaxNameLength = 128;

    /// <value>The name of this node, unique in the cluster; 1 to 128 characters. Required.</value>
    public string Name { get; set; } = "";

    /// <value>The local address to listen on. Default: IPv4 loopback. <see cref="IPAddress.Any"/> opens the node to the network.</value>
    public IPAddress BindAddress { get; set; } = IPAddress.Loopback;

    /// <value>The UDP and TCP port to listen on; 0 takes a free one. Default: 0. memberlist's usual port is 7946.</value>
    public int Port { get; set; }

    /// <value>
    /// The address to tell others. Default: null, the bound address; when that is "any", the first private IPv4 address of this machine.
    /// </value>
    public IPAddress? AdvertiseAddress { get; set; }

    /// <value>The port to tell others. Default: null, the bound port.</value>
    public int? AdvertisePort { get; set; }

    /// <value>What the node says about itself, at most 512 bytes; see <see cref="MemberTags"/>. Default: empty.</value>
    public ReadOnlyMemory<byte> Metadata { get; set; }

    /// <value>The versions to announce; members that do not fit them are ignored. Default: those of a Serf agent.</value>
    public ProtocolVersions Versions { get; set; } = ProtocolVersions.Serf;

    /// <value>Time between two probes. Default: 1 s.</value>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <value>How long to wait for the direct answer before asking others for help. Less than <see cref="ProbeInterval"/>. Default: 500 ms.</value>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <value>How many others are asked to probe a member that did not answer; 0 to 100. Default: 3.</value>
    public int IndirectChecks { get; set; } = 3;

    /// <value>Whether a probe that had no answer is repeated over TCP before the member is suspected. Default: true.</value>
    public bool StreamPings { get; set; } = true;

    /// <value>Multiplier of the least time a suspicion lasts; 1 to 100. Default: 4.</value>
    public int SuspicionMultiplier { get; set; } = 4;

    /// <value>How many times longer an unconfirmed suspicion lasts than a confirmed one; 1 to 100. Default: 6.</value>
    public int SuspicionMaxTimeoutMultiplier { get; set; } = 6;

    /// <value>Multiplier of the number of times a message is gossiped; 1 to 100. Default: 4.</value>
    public int RetransmitMultiplier { get; set; } = 4;

    /// <value>Time between two rounds of gossip. Default: 200 ms.</value>
    public TimeSpan GossipInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <value>To how many members a round of gossip goes; 1 to 100. Default: 3.</value>
    public int GossipNodes { get; set; } = 3;

    /// <value>How long dead members still get gossip, so that they can refute, and stay in the table. Default: 30 s.</value>
    public TimeSpan GossipToTheDeadTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <value>Time between two exchanges of full state with a random member, before scaling with the size of the cluster; zero: never. Default: 30 s.</value>
    public TimeSpan PushPullInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <value>Time limit of one exchange over a stream. Default: 10 s.</value>
    public TimeSpan StreamTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <value>Upper bound of the local health multiplier: an unhealthy node probes this many times slower; 1 to 100. Default: 8.</value>
    public int AwarenessMaxMultiplier { get; set; } = 8;

    /// <value>
    /// How long after its death a dead member's name may be taken over by another address.
    /// Default: zero, at once; <see cref="Timeout.InfiniteTimeSpan"/>: not before it is reaped (memberlist's default).
    /// </value>
    public TimeSpan DeadNodeReclaimTime { get; set; } = TimeSpan.Zero;

    /// <value>
    /// Time between two attempts to reach the join addresses that no running member has, or a member that failed, so that a healed
    /// partition merges by itself; zero: never. Default: 30 s.
    /// </value>
    public TimeSpan RejoinInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <value>How long a failed member is tried again. Default: 24 h.</value>
    public TimeSpan RejoinTimeout { get; set; } = TimeSpan.FromHours(24);

    /// <value>How long a departing node goes on answering after its goodbye was sent, so that it spreads. Default: 1 s.</value>
    public TimeSpan LeavePropagateDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <value>How long leaving and updating wait for the announcement to be sent. Default: 5 s.</value>
    public TimeSpan BroadcastTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <value>
    /// The most bytes of one datagram, checksum, encryption and label included; up to 65,000, and at least what the longest announcement of a
    /// member needs: 1010 bytes, and with a <see cref="Label"/> two more and the label. Default: 1400.
    /// </value>
    public int DatagramSize { get; set; } = 1400;

    /// <value>The most members in the table, others are not let in; 2 to 1,048,576. Default: 100,000.</value>
    public int MaxMembers { get; set; } = 100_000;

    /// <value>
    /// The most broadcasts that wait to be sent, further ones are refused; and the most gossiped user messages (Serf's events), of which
    /// the one that was sent most often makes room. Default: 4096.
    /// </value>
    public int UserBroadcastLimit { get; set; } = 4096;

    /// <value>
    /// The part of a gossip datagram that user broadcasts get while membership news would fill it; 0 (memberlist: leftovers only) to 0.9. Default: 0.25.
    /// </value>
    public double UserBroadcastShare { get; set; } = 0.25;

    /// <value>The inputs the node's loop holds; when it is full, datagrams are dropped. Default: 4096.</value>
    public int InputQueueLimit { get; set; } = 4096;

    /// <value>The events that one subscriber can be behind; then its oldest are dropped, which is counted. Default: 4096.</value>
    public int EventQueueLimit { get; set; } = 4096;

    /// <value>The most streams that others may have open at a time; further ones are closed at once. Default: 128.</value>
    public int MaxInboundStreams { get; set; } = 128;

    /// <value>Whether to compress (LZW) what is sent. Compressed input is always understood. Default: true.</value>
    public bool Compression { get; set; } = true;

    /// <value>
    /// AES keys of 16, 24 or 32 bytes. The first encrypts, all decrypt; none: no encryption. Default: none.
    /// </value>
    public IReadOnlyList<ReadOnlyMemory<byte>> SecretKeys { get; set; } = [];

    /// <value>With keys: whether input that is not encrypted is dropped. Switch off only while a cluster is being encrypted. Default: true.</value>
    public bool VerifyIncoming { get; set; } = true;

    /// <value>With keys: whether output is encrypted. Switch off only while a cluster is being encrypted. Default: true.</value>
    public bool VerifyOutgoing { get; set; } = true;

    /// <value>A name that separates clusters on one network: traffic with another label is dropped; at most 255 bytes. Default: empty, none.</value>
    public string Label { get; set; } = "";

    /// <value>Accept unlabelled input although <see cref="Label"/> is set, because something in front of this node removed it. Default: false.</value>
    public bool SkipInboundLabelCheck { get; set; }

    /// <value>
    /// A file that keeps the incarnation over restarts, so that a restarted node is believed at once; one for each node. Its folder has to exist.
    /// Default: null, none.
    /// </value>
    public string? IncarnationFile { get; set; }

    /// <value>What the application adds to the protocol. Default: null, nothing.</value>
    public MembershipHooks? Hooks { get; set; }

    /// <summary>For members of one local network: memberlist's DefaultLANConfig.</summary>
    public static MembershipOptions Lan() => new();

    /// <summary>For members that are far apart: memberlist's DefaultWANConfig.</summary>
    public static MembershipOptions Wan() => new()
    {
        StreamTimeout = TimeSpan.FromSeconds(30),
        SuspicionMultiplier = 6,
        PushPullInterval = TimeSpan.FromSeconds(60),
        ProbeTimeout = TimeSpan.FromSeconds(3),
        ProbeInterval = TimeSpan.FromSeconds(5),
        GossipNodes = 4,
        GossipInterval = TimeSpan.FromMilliseconds(500),
        GossipToTheDeadTime = TimeSpan.FromSeconds(60),
        RejoinInterval = TimeSpan.FromSeconds(60),
    };

    /// <summary>For members on one machine: memberlist's DefaultLocalConfig.</summary>
    public static MembershipOptions Local() => new()
    {
        StreamTimeout = TimeSpan.FromSeconds(1),
        IndirectChecks = 1,
        RetransmitMultiplier = 2,
        SuspicionMultiplier = 3,
        PushPullInterval = TimeSpan.FromSeconds(15),
        ProbeTimeout = TimeSpan.FromMilliseconds(200),
        ProbeInterval = TimeSpan.FromSeconds(1),
        GossipInterval = TimeSpan.FromMilliseconds(100),
        GossipToTheDeadTime = TimeSpan.FromSeconds(15),
        RejoinInterval = TimeSpan.FromSeconds(5),
        LeavePropagateDelay = TimeSpan.FromMilliseconds(200),
    };

    /// <summary>Everything that is wrong with these options, one sentence each; empty when they are valid.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        // Whoever binds them to a configuration can have nulls in them.
        foreach (var (name, value) in new (string, object?)[] { (nameof(Name), Name), (nameof(BindAddress), BindAddress), (nameof(Label), Label), (nameof(SecretKeys), SecretKeys) })
        {
            if (value is null)
            {
                errors.Add($"{name} must not be null.");
            }
        }

        if (errors.Count > 0)
        {
            return errors;
        }

        ValidateIdentity(errors);
        ValidateTimes(errors);
        Range(errors, nameof(IndirectChecks), IndirectChecks, 0, 100);
        Range(errors, nameof(SuspicionMultiplier), SuspicionMultiplier, 1, 100);
        Range(errors, nameof(SuspicionMaxTimeoutMultiplier), SuspicionMaxTimeoutMultiplier, 1, 100);
        Range(errors, nameof(RetransmitMultiplier), RetransmitMultiplier, 1, 100);
        Range(errors, nameof(GossipNodes), GossipNodes, 1, 100);
        Range(errors, nameof(AwarenessMaxMultiplier), AwarenessMaxMultiplier, 1, 100);
        Range(errors, nameof(DatagramSize), DatagramSize, LeastDatagramSize, 65_000);
        Range(errors, nameof(MaxMembers), MaxMembers, 2, 1_048_576);
        Range(errors, nameof(UserBroadcastLimit), UserBroadcastLimit, 1, 1_000_000);
        Range(errors, nameof(InputQueueLimit), InputQueueLimit, 16, 1_000_000);
        Range(errors, nameof(EventQueueLimit), EventQueueLimit, 16, 1_000_000);
        Range(errors, nameof(MaxInboundStreams), MaxInboundStreams, 1, 10_000);
        if (UserBroadcastShare is not (>= 0 and <= 0.9))
        {
            errors.Add($"{nameof(UserBroadcastShare)} must be between 0 and 0.9, but is {UserBroadcastShare}.");
        }

        foreach (var key in SecretKeys)
        {
            if (key.Length is not (16 or 24 or 32))
            {
                errors.Add($"Every key of {nameof(SecretKeys)} must have 16, 24 or 32 bytes, but one has {key.Length}.");
            }
        }

        return errors;
    }

    // The longest name, metadata and address in an alive message, as the only part of an encrypted compound with a checksum.
    private int LeastDatagramSize => 1010 + (Label.Length > 0 ? 2 + Encoding.UTF8.GetByteCount(Label) : 0);

    /// <summary>What a node works with: nobody else changes it.</summary>
    internal MembershipOptions Copy(MembershipHooks? hooks)
    {
        var copy = (MembershipOptions)MemberwiseClone();
        copy.Metadata = Metadata.ToArray();
        copy.SecretKeys = [.. SecretKeys];
        copy.Hooks = hooks;
        return copy;
    }

    private void ValidateIdentity(List<string> errors)
    {
        if (Name.Length is < 1 or > MaxNameLength)
        {
            errors.Add($"{nameof(Name)} must have 1 to {MaxNameLength} characters, but has {Name.Length}.");
        }
        else if (!IsWellFormed(Name))
        {
            errors.Add($"{nameof(Name)} must be well-formed Unicode.");
        }

        Range(errors, nameof(Port), Port, 0, IPEndPoint.MaxPort);
        Range(errors, nameof(AdvertisePort), AdvertisePort ?? 1, 1, IPEndPoint.MaxPort);
        Range(errors, "The length of " + nameof(Metadata), Metadata.Length, 0, MaxMetadataLength);
        Range(errors, "The number of bytes of " + nameof(Label), Encoding.UTF8.GetByteCount(Label), 0, 255);
        if (IncarnationFile is { } path && string.IsNullOrWhiteSpace(path))
        {
            errors.Add($"{nameof(IncarnationFile)} must be the path of a file, or null for none.");
        }

        if (!Versions.IsCompatibleWith(Versions))
        {
            errors.Add($"{nameof(Versions)} must lie within their own ranges, and the protocol must not be 0, but are {Versions}.");
        }
    }

    private void ValidateTimes(List<string> errors)
    {
        Time(errors, nameof(ProbeInterval), ProbeInterval);
        Time(errors, nameof(ProbeTimeout), ProbeTimeout);
        Time(errors, nameof(GossipInterval), GossipInterval);
        Time(errors, nameof(GossipToTheDeadTime), GossipToTheDeadTime);
        Time(errors, nameof(StreamTimeout), StreamTimeout);
        Time(errors, nameof(RejoinTimeout), RejoinTimeout);
        Time(errors, nameof(BroadcastTimeout), BroadcastTimeout);
        Time(errors, nameof(PushPullInterval), PushPullInterval, zero: true);
        Time(errors, nameof(RejoinInterval), RejoinInterval, zero: true);
        Time(errors, nameof(LeavePropagateDelay), LeavePropagateDelay, zero: true);
        if (DeadNodeReclaimTime != Timeout.InfiniteTimeSpan)
        {
            Time(errors, nameof(DeadNodeReclaimTime), DeadNodeReclaimTime, zero: true);
        }

        if (ProbeTimeout >= ProbeInterval)
        {
            errors.Add($"{nameof(ProbeTimeout)} ({ProbeTimeout}) must be less than {nameof(ProbeInterval)} ({ProbeInterval}).");
        }
    }

    private static bool IsWellFormed(string text)
    {
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var used) != OperationStatus.Done)
            {
                return false;
            }

            rest = rest[used..];
        }

        return true;
    }

    private static void Range(List<string> errors, string name, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            errors.Add($"{name} must be between {least} and {most}, but is {value}.");
        }
    }

    private static void Time(List<string> errors, string name, TimeSpan value, bool zero = false)
    {
        if (value < (zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(1)) || value > TimeSpan.FromDays(40))
        {
            errors.Add($"{name} must be between {(zero ? "zero" : "1 ms")} and 40 days, but is {value}.");
        }
    }
}
