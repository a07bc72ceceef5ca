using System.Globalization;
using ChittyChat.Contracts.V1;
using Google.Protobuf.WellKnownTypes;

namespace ChittyChat.Registry.Tests;

internal static class MemberExamples
{
    /// <summary>A valid member; <paramref name="port"/> makes its contents differ.</summary>
    public static RegisteredMember Member(string id, int port = 5001) => new()
    {
        Id = id,
        Name = "alice",
        Session = 0xfeed_face_cafe_f00d,
        GossipAddress = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port + 1}"),
        GrpcAddress = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
        Started = new Timestamp { Seconds = 1_790_000_000, Nanos = 123_456_789 },
        Version = "1.2.0",
    };

    /// <summary>A valid member that is as large as a member can be; <paramref name="number"/> is part of its id.</summary>
    public static RegisteredMember LongestMember(int number)
    {
        var host = string.Join('.', Enumerable.Repeat(new string('h', 60), 4));
        var member = Member(string.Create(CultureInfo.InvariantCulture, $"{new string('i', 120)}{number:d8}"));
        member.Name = string.Concat(Enumerable.Repeat("𝒳", 32));
        member.GossipAddress = $"{host}x:50001";
        member.GrpcAddress = $"http://{host}:50001";
        member.Version = new string('1', 64);
        return member;
    }
}
