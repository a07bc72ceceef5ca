using System.Globalization;
using System.Net;
using ChittyChat.ServiceDefaults;

namespace ChittyChat.Peer.Options;

/// <summary>One thing that can be set, on the command line or, with less weight, in the environment.</summary>
/// <param name="Option">Its name on the command line.</param>
/// <param name="Key">Its configuration key, which is the environment variable when ':' is written as "__".</param>
/// <param name="Value">What the value is, for the help; null for a switch.</param>
/// <param name="Description">What it does, with its default.</param>
internal sealed record Setting(string Option, string Key, string? Value, string Description)
{
    public string Variable => Key.Replace(":", "__", StringComparison.Ordinal);
}

/// <summary>All settings of a peer, and how the configured texts become <see cref="PeerOptions"/>.</summary>
internal static class PeerSettings
{
    public const int DefaultHistory = 10_000;

    public const int DefaultJoinTimeout = 15;

    private const int MaxJoinTimeout = 3600;
    private const int MinHistory = 16;
    private const int MaxHistory = 1_000_000;

    public static readonly Setting Name = new("--name", "Peer:Name", "name",
        "Name in the chat, 1 to 32 of the letters A-Z and a-z, digits, '-', '_' and '.'. Default: a random one.");

    public static readonly Setting Join = new("--join", "Peer:Join", "host:port[,...]",
        "Members to contact first, by the address of their gossip. Default: none.");

    public static readonly Setting JoinTimeout = new("--join-timeout", "Peer:JoinTimeout", "seconds",
        "How long to try the members of --join when there is nothing else to ask, 0 to 3600. Default: 15.");

    public static readonly Setting Bootstrap = new("--bootstrap", "services:bootstrap:http:0", "url",
        "Bootstrap service that knows whom to contact. Without this and --join, the peer starts a new cluster. Default: none.");

    public static readonly Setting Registry = new("--registry", "services:registry:grpc:0", "url",
        "Registry to be listed in (its gRPC address). Default: none.");

    public static readonly Setting TestServer = new("--test-server", "services:testserver:grpc:0", "url",
        "Test server whose scripted tests this peer takes part in (its gRPC address); it may give this peer commands. Default: none.");

    public static readonly Setting Bind = new("--bind", "Peer:Bind", "address",
        "Local address to listen on; 0.0.0.0 opens the peer to the network. Default: 127.0.0.1.");

    public static readonly Setting Advertise = new("--advertise", "Peer:Advertise", "address",
        "Address that others are told. Default: the bound one, or the first one of this machine that others can reach.");

    public static readonly Setting GossipPort = new("--gossip-port", "Peer:GossipPort", "port",
        "UDP and TCP port of the membership gossip. Default: 0, any free one.");

    public static readonly Setting GrpcPort = new("--grpc-port", KestrelPorts.GrpcPortKey, "port",
        "TCP port of the gRPC services. Default: 0, any free one.");

    public static readonly Setting HttpPort = new("--http-port", "Peer:HttpPort", "port",
        "TCP port of status, health and control. Default: that of ASPNETCORE_URLS, else 0, any free one.");

    public static readonly Setting Profile = new("--profile", "Peer:Profile", "local|lan|wan",
        "Pace of the gossip, the same for all members. Default: local on a loopback address, else lan.");

    public static readonly Setting GossipKey = new("--gossip-key", "Peer:GossipKey", "base64[,...]",
        "Secret keys of the gossip, 16, 24 or 32 bytes in Base64; the first encrypts, all decrypt; the same for all members. "
        + "Prefer the variable: others on the machine can read a command line. Default: none, not encrypted.");

    public static readonly Setting SerfEvents = new("--serf-events", "Peer:SerfEvents", null,
        "Send each message that is published here as a Serf user event \"chat\" too, for Serf agents in the cluster. Default: off.");

    public static readonly Setting Log = new("--log", "Peer:Log", "file",
        "File for the chat log. Default: standard output, or in a terminal a new file whose path is shown at the start.");

    public static readonly Setting History = new("--history", "Peer:History", "count",
        "How many delivered events to keep for History calls and watchers, 16 to 1000000. Default: 10000.");

    public static readonly Setting Plain = new("--plain", "Peer:Plain", null,
        "No line editor and no colours, even in a terminal. Default: off.");

    public static readonly Setting Script = new("--script", "Peer:Script", "file",
        "Commands to run once the peer is in the chat, before those of standard input. Default: none.");

    public static readonly Setting QuitAtEof = new("--quit-at-eof", "Peer:QuitAtEof", null,
        "Leave when standard input ends, if that is a pipe or a file; then standard output has only what the commands say, the log goes to standard error, "
        + "and the exit code is that of the first line that failed. Default: off, the peer goes on.");

    /// <summary>In the order in which the help lists them.</summary>
    public static readonly IReadOnlyList<Setting> All =
        [Name, Join, JoinTimeout, Bootstrap, Registry, TestServer, Bind, Advertise, GossipPort, GrpcPort, HttpPort, Profile, GossipKey, SerfEvents, Log, History, Script, Plain, QuitAtEof];

    /// <summary>Reads and validates the settings.</summary>
    /// <param name="configuration">The command line over the environment.</param>
    /// <param name="commandLine">The keys that come from the command line, so that a complaint names the right source.</param>
    /// <param name="random">Draws the name if there is none.</param>
    /// <exception cref="PeerSettingsException">A value is wrong.</exception>
    public static PeerOptions Read(IConfiguration configuration, IReadOnlyDictionary<string, string?> commandLine, Random random)
    {
        var reader = new Reader(configuration, commandLine);
        var bind = reader.Address(Bind) ?? IPAddress.Loopback;
        // Used by the ports of the host, which reads it by itself; checked here, where a complaint names the option.
        reader.Port(GrpcPort);
        return new PeerOptions
        {
            Name = reader.ParticipantName() ?? RandomName.Draw(random),
            Bind = bind,
            Advertise = reader.AdvertisedAddress(),
            GossipPort = reader.Port(GossipPort) ?? 0,
            HttpPort = reader.Port(HttpPort),
            Join = reader.Contacts(),
            JoinTimeout = TimeSpan.FromSeconds(reader.Number(JoinTimeout, 0, MaxJoinTimeout) ?? DefaultJoinTimeout),
            Bootstrap = reader.Url(Bootstrap),
            Registry = reader.Url(Registry),
            TestServer = reader.Url(TestServer),
            LogFile = reader.Text(Log),
            History = reader.Number(History, MinHistory, MaxHistory) ?? DefaultHistory,
            Profile = reader.GossipProfile() ?? (IPAddress.IsLoopback(bind) ? Options.GossipProfile.Local : Options.GossipProfile.Lan),
            GossipKeys = reader.Keys(),
            SerfEvents = reader.Switch(SerfEvents),
            Plain = reader.Switch(Plain),
            Script = reader.Text(Script),
            QuitAtEof = reader.Switch(QuitAtEof),
            ControlToken = configuration["Control:Token"] is { Length: > 0 } token ? token : null,
            ConsoleToken = configuration["Console:Token"] is { Length: > 0 } consoleToken ? consoleToken : null,
        };
    }

    /// <summary>Where to serve HTTP: the port of the settings on the bound address, else what ASPNETCORE_URLS says.</summary>
    public static string HttpUrls(IConfiguration configuration, PeerOptions options) =>
        options.HttpPort is null && configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls
            ? urls
            : $"http://{new IPEndPoint(options.Bind, options.HttpPort ?? 0)}";

    private sealed class Reader(IConfiguration configuration, IReadOnlyDictionary<string, string?> commandLine)
    {
        public string? Text(Setting setting) => configuration[setting.Key] is { } text && text.Trim() is { Length: > 0 } trimmed ? trimmed : null;

        public string? ParticipantName() => Text(Name) is not { } text ? null
            : Chat.ParticipantName.RefusalOf(text) is null ? text
            : throw Wrong(Name, text, "a name has 1 to 32 characters, of the letters A-Z and a-z, digits, '-', '_' and '.'");

        public IPAddress? Address(Setting setting) => Text(setting) is not { } text ? null
            : text.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
            : IPAddress.TryParse(text, out var address) ? address
            : throw Wrong(setting, text, "an IP address such as 127.0.0.1, 0.0.0.0 or ::1 is expected");

        public IPAddress? AdvertisedAddress() => Address(Advertise) is { } address && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            ? throw Wrong(Advertise, address.ToString(), "others cannot connect to \"any address\"; give one address of this machine")
            : Address(Advertise);

        public int? Port(Setting setting) => Text(setting) is not { } text ? null
            : ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port
            : throw Wrong(setting, text, "a port from 1 to 65535 is expected, or 0 for any free one");

        public int? Number(Setting setting, int least, int most) => Text(setting) is not { } text ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
            : throw Wrong(setting, text, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most} is expected"));

        public Uri? Url(Setting setting) => Text(setting) is not { } text ? null
            : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url
            : throw Wrong(setting, text, "an address such as http://localhost:5000 is expected");

        public bool Switch(Setting setting) => Text(setting) is { } text
            && (bool.TryParse(text, out var on) ? on : throw Wrong(setting, text, "true or false is expected"));

        public GossipProfile? GossipProfile() => Text(Profile)?.ToLowerInvariant() switch
        {
            null => null,
            "local" => Options.GossipProfile.Local,
            "lan" => Options.GossipProfile.Lan,
            "wan" => Options.GossipProfile.Wan,
            _ => throw Wrong(Profile, Text(Profile)!, "local, lan or wan is expected"),
        };

        public string[] Contacts()
        {
            var contacts = (Text(Join) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            foreach (var contact in contacts)
            {
                // A colon after the host, and none within it unless it is an IPv6 address in brackets.
                var colon = contact.LastIndexOf(':');
                var host = colon < 0 ? contact : contact[..colon];
                if (colon < 1 || Uri.CheckHostName(host.Trim('[', ']')) == UriHostNameType.Unknown || (host.Contains(':') && host is not ['[', .., ']'])
                    || !ushort.TryParse(contact[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
                {
                    throw Wrong(Join, contact, "host:port is expected, as in 127.0.0.1:7946, or several of them separated by commas");
                }
            }

            return contacts;
        }

        public ReadOnlyMemory<byte>[] Keys()
        {
            List<ReadOnlyMemory<byte>> keys = [];
            foreach (var text in (Text(GossipKey) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var key = new byte[text.Length];
                if (!Convert.TryFromBase64String(text, key, out var length) || length is not (16 or 24 or 32))
                {
                    // Not the value: it is a secret.
                    throw new PeerSettingsException(
                        $"{(commandLine.ContainsKey(GossipKey.Key) ? GossipKey.Option : GossipKey.Variable)} has a key that is not 16, 24 or 32 bytes in Base64; openssl rand -base64 32 makes one.");
                }

                keys.Add(key.AsMemory(0, length));
            }

            return [.. keys];
        }

        private PeerSettingsException Wrong(Setting setting, string value, string expected) =>
            new($"{(commandLine.ContainsKey(setting.Key) ? setting.Option : setting.Variable)} is '{value}': {expected}.");
    }
}

/// <summary>A setting has a value that makes no sense; the message says what is wrong and what would be right.</summary>
internal sealed class PeerSettingsException(string message) : Exception(message);
