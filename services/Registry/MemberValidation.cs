using System.Text;
using ChittyChat.Contracts.V1;
using Google.Protobuf.WellKnownTypes;

namespace ChittyChat.Registry;

/// <summary>What a member must look like. The limits keep a snapshot of a full registry under gRPC's message limit of 4 MB.</summary>
internal static class MemberValidation
{
    private const int LongestId = 128;
    private const int LongestName = 32;
    private const int LongestAddress = 256;
    private const int LongestVersion = 64;

    // The range of google.protobuf.Timestamp: years 1 to 9999.
    private const long FirstSecond = -62_135_596_800;
    private const long LastSecond = 253_402_300_799;

    /// <summary>Says what is wrong with each field that is; empty when the member is valid.</summary>
    public static IReadOnlyList<string> Check(RegisteredMember? member)
    {
        if (member is null)
        {
            return ["member is missing"];
        }

        var problems = new List<string>();
        Require(IsId(member.Id), $"id is '{Shown(member.Id)}'; {IdRule}");
        Require(
            IsName(member.Name),
            $"name is '{Shown(member.Name)}'; 1 to {LongestName} letters, digits, '-', '_' and '.' are expected");
        Require(member.Session != 0, "session is 0; the random number of the member's session is expected");
        Require(IsHostAndPort(member.GossipAddress), $"gossip_address is '{Shown(member.GossipAddress)}'; host:port is expected, for example 127.0.0.1:7946");
        Require(IsHttpAddress(member.GrpcAddress), $"grpc_address is '{Shown(member.GrpcAddress)}'; http://host:port is expected, for example http://127.0.0.1:5001");
        Require(IsTime(member.Started), "started is missing or out of range; the time when the member started is expected");
        Require(
            IsPrintable(member.Version, LongestVersion),
            $"version is '{Shown(member.Version)}'; 1 to {LongestVersion} printable ASCII characters without blanks are expected, for example 1.2.0");
        return problems;

        void Require(bool met, string problem)
        {
            if (!met)
            {
                problems.Add(problem);
            }
        }
    }

    /// <summary>Says what is wrong with an id alone; empty when it is valid.</summary>
    public static IReadOnlyList<string> CheckId(string id) => IsId(id) ? [] : [$"id is '{Shown(id)}'; {IdRule}"];

    private static string IdRule => $"1 to {LongestId} printable ASCII characters without blanks are expected";

    private static bool IsId(string id) => IsPrintable(id, LongestId);

    private static bool IsPrintable(string text, int longest) => text.Length >= 1 && text.Length <= longest && text.All(c => c is > ' ' and <= '~');

    private static bool IsName(string name)
    {
        var runes = name.EnumerateRunes().Take(LongestName + 1).ToArray();
        return runes.Length is >= 1 and <= LongestName && runes.All(r => Rune.IsLetterOrDigit(r) || r.Value is '-' or '_' or '.');
    }

    private static bool IsHostAndPort(string address) => !address.Contains('/', StringComparison.Ordinal) && IsAddress("tcp://" + address);

    private static bool IsHttpAddress(string address) =>
        (address.StartsWith("http://", StringComparison.Ordinal) || address.StartsWith("https://", StringComparison.Ordinal)) && IsAddress(address);

    // A scheme, a host and a port, and nothing else.
    private static bool IsAddress(string address) =>
        IsPrintable(address, LongestAddress)
        && Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && uri is { Port: > 0, UserInfo: "", Query: "", Fragment: "", HostNameType: not UriHostNameType.Unknown and not UriHostNameType.Basic }
        && uri.AbsolutePath is "" or "/";

    private static bool IsTime(Timestamp? time) =>
        time is { Seconds: >= FirstSecond and <= LastSecond, Nanos: >= 0 and < 1_000_000_000 };

    // Answers must not grow with the request, nor carry control characters into somebody's terminal.
    private static string Shown(string text)
    {
        var start = text.Length <= LongestVersion ? text : text[..LongestVersion] + "…";
        return string.Concat(start.Select(c => char.IsControl(c) ? '\uFFFD' : c));
    }
}
