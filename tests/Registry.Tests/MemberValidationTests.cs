using ChittyChat.Contracts.V1;
using Google.Protobuf.WellKnownTypes;
using static ChittyChat.Registry.Tests.MemberExamples;

namespace ChittyChat.Registry.Tests;

public sealed class MemberValidationTests
{
    [Fact]
    public void The_example_is_valid() => Assert.Empty(MemberValidation.Check(Member("a")));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("é")]
    public void An_id_that_is_not_printable_ASCII_is_refused(string id) => Refuses(m => m.Id = id, "id is ");

    [Theory]
    [InlineData("")]
    [InlineData("alice smith")]
    [InlineData("alice!")]
    [InlineData("\u001b[31m")]
    [InlineData("\U0001F600")]
    public void A_name_that_is_not_made_of_letters_and_digits_is_refused(string name) => Refuses(m => m.Name = name, "name is ");

    [Theory]
    [InlineData("alice")]
    [InlineData("Zoë-2_b.c")]
    [InlineData("𝒳")]
    public void A_name_may_have_letters_of_any_script(string name) => Accepts(m => m.Name = name);

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    [InlineData(":7946")]
    [InlineData("127.0.0.1:7946/")]
    [InlineData("http://127.0.0.1:7946")]
    [InlineData("me@127.0.0.1:7946")]
    [InlineData("127.0.0.1:7946 ")]
    [InlineData("zoë.example.org:7946")]
    public void A_gossip_address_that_is_not_host_and_port_is_refused(string address) => Refuses(m => m.GossipAddress = address, "gossip_address is ");

    [Theory]
    [InlineData("127.0.0.1:7946")]
    [InlineData("[::1]:7946")]
    [InlineData("peer-1.example.org:7946")]
    public void A_gossip_address_is_host_and_port(string address) => Accepts(m => m.GossipAddress = address);

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1:5001")]
    [InlineData("ftp://127.0.0.1:5001")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://127.0.0.1:5001/chat")]
    [InlineData("http://127.0.0.1:5001/?q")]
    [InlineData("http://me@127.0.0.1:5001")]
    public void A_grpc_address_that_is_more_or_less_than_scheme_host_and_port_is_refused(string address) => Refuses(m => m.GrpcAddress = address, "grpc_address is ");

    [Theory]
    [InlineData("http://127.0.0.1:5001")]
    [InlineData("http://127.0.0.1:5001/")]
    [InlineData("https://[::1]:5001")]
    public void A_grpc_address_is_scheme_host_and_port(string address) => Accepts(m => m.GrpcAddress = address);

    [Fact]
    public void Session_start_and_version_are_needed()
    {
        Refuses(m => m.Session = 0, "session is ");
        Refuses(m => m.Started = null, "started is ");
        Refuses(m => m.Started = new Timestamp { Seconds = 1, Nanos = -1 }, "started is ");
        Refuses(m => m.Started = new Timestamp { Seconds = long.MaxValue }, "started is ");
        Refuses(m => m.Version = "", "version is ");
    }

    [Fact]
    public void Fields_may_be_as_long_as_their_limit_and_no_longer()
    {
        Accepts(m => m.Id = new string('i', 128));
        Refuses(m => m.Id = new string('i', 129), "id is ");
        Accepts(m => m.Name = string.Concat(Enumerable.Repeat("𝒳", 32)));
        Refuses(m => m.Name = string.Concat(Enumerable.Repeat("𝒳", 33)), "name is ");
        Accepts(m => m.Version = new string('1', 64));
        Refuses(m => m.Version = new string('1', 65), "version is ");
        Assert.Empty(MemberValidation.Check(LongestMember(0)));
        var longest = LongestMember(0);
        Refuses(m => m.GossipAddress = "a" + longest.GossipAddress, "gossip_address is ");
        Refuses(m => m.GrpcAddress = longest.GrpcAddress.Replace("http://", "http://a", StringComparison.Ordinal), "grpc_address is ");
    }

    [Fact]
    public void A_long_value_is_shown_shortened_and_without_control_characters()
    {
        var problem = Assert.Single(MemberValidation.CheckId("\u001b" + new string('i', 200)));

        Assert.StartsWith($"id is '\uFFFD{new string('i', 63)}…';", problem, StringComparison.Ordinal);
    }

    private static void Accepts(Action<RegisteredMember> change)
    {
        var member = Member("a");
        change(member);
        Assert.Empty(MemberValidation.Check(member));
    }

    private static void Refuses(Action<RegisteredMember> change, string problem)
    {
        var member = Member("a");
        change(member);
        Assert.StartsWith(problem, Assert.Single(MemberValidation.Check(member)), StringComparison.Ordinal);
    }
}
