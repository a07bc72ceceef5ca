using System.Net;
using ChittyChat.Peer.Options;
using Microsoft.Extensions.Configuration;

namespace ChittyChat.Peer.Tests.Options;

public sealed class PeerSettingsTests
{
    private static readonly Dictionary<string, string?> Nothing = [];

    [Fact]
    public void The_defaults_are_those_of_the_help()
    {
        var options = Read(Nothing, Nothing);

        Assert.Equal(IPAddress.Loopback, options.Bind);
        Assert.Null(options.Advertise);
        Assert.Equal((0, null, 10_000), (options.GossipPort, options.HttpPort, options.History));
        Assert.Equal(GossipProfile.Local, options.Profile);
        Assert.Empty(options.Join);
        Assert.Null(options.Bootstrap);
        Assert.Null(options.Registry);
        Assert.Null(options.LogFile);
        Assert.Null(options.ControlToken);
        Assert.False(options.SerfEvents);
        Assert.False(options.Plain);
        Assert.False(options.QuitAtEof);
        Assert.Equal(TimeSpan.FromSeconds(15), options.JoinTimeout);
    }

    [Fact]
    public void Every_setting_is_read()
    {
        var options = Read(Nothing, new()
        {
            ["Peer:Name"] = "alice",
            ["Peer:Join"] = "10.0.0.1:7946, host.example:1,[::1]:65535",
            ["Peer:JoinTimeout"] = "60",
            ["services:bootstrap:http:0"] = "http://localhost:5000",
            ["services:registry:grpc:0"] = "http://localhost:5001",
            ["Peer:Bind"] = "0.0.0.0",
            ["Peer:Advertise"] = "10.0.0.2",
            ["Peer:GossipPort"] = "7946",
            ["Peer:HttpPort"] = "8080",
            ["Peer:Profile"] = "WAN",
            ["Peer:SerfEvents"] = "true",
            ["Peer:Log"] = "/var/log/chat.log",
            ["Peer:History"] = "16",
            ["Peer:Plain"] = "true",
            ["Peer:QuitAtEof"] = "true",
            ["Control:Token"] = "secret",
        });

        Assert.Equal("alice", options.Name);
        Assert.Equal(["10.0.0.1:7946", "host.example:1", "[::1]:65535"], options.Join);
        Assert.Equal(TimeSpan.FromMinutes(1), options.JoinTimeout);
        Assert.Equal(new Uri("http://localhost:5000"), options.Bootstrap);
        Assert.Equal(new Uri("http://localhost:5001"), options.Registry);
        Assert.Equal((IPAddress.Any, IPAddress.Parse("10.0.0.2")), (options.Bind, options.Advertise));
        Assert.Equal((7946, 8080, 16), (options.GossipPort, options.HttpPort, options.History));
        Assert.Equal(GossipProfile.Wan, options.Profile);
        Assert.Equal(("/var/log/chat.log", "secret"), (options.LogFile, options.ControlToken));
        Assert.True(options.SerfEvents);
        Assert.True(options.Plain);
        Assert.True(options.QuitAtEof);
    }

    [Fact]
    public void The_command_line_outweighs_the_environment() =>
        Assert.Equal("bob", Read(new() { ["Peer:Name"] = "bob" }, new() { ["Peer:Name"] = "alice" }).Name);

    [Fact]
    public void Beyond_loopback_the_gossip_is_paced_for_a_network() =>
        Assert.Equal(GossipProfile.Lan, Read(new() { ["Peer:Bind"] = "0.0.0.0" }, Nothing).Profile);

    [Theory]
    [InlineData("Peer:Name", "al ice", "--name is 'al ice': a name has 1 to 32 characters, of the letters A-Z and a-z, digits, '-', '_' and '.'.")]
    [InlineData("Peer:Name", "ålice", "--name is 'ålice': a name has 1 to 32 characters, of the letters A-Z and a-z, digits, '-', '_' and '.'.")]
    [InlineData("Peer:Bind", "everywhere", "--bind is 'everywhere': an IP address such as 127.0.0.1, 0.0.0.0 or ::1 is expected.")]
    [InlineData("Peer:Advertise", "0.0.0.0", "--advertise is '0.0.0.0': others cannot connect to \"any address\"; give one address of this machine.")]
    [InlineData("Peer:GossipPort", "65536", "--gossip-port is '65536': a port from 1 to 65535 is expected, or 0 for any free one.")]
    [InlineData("GRPC_PORT", "-1", "--grpc-port is '-1': a port from 1 to 65535 is expected, or 0 for any free one.")]
    [InlineData("Peer:HttpPort", "http", "--http-port is 'http': a port from 1 to 65535 is expected, or 0 for any free one.")]
    [InlineData("Peer:Join", "127.0.0.1", "--join is '127.0.0.1': host:port is expected, as in 127.0.0.1:7946, or several of them separated by commas.")]
    [InlineData("Peer:Join", "a:1,b:0", "--join is 'b:0': host:port is expected, as in 127.0.0.1:7946, or several of them separated by commas.")]
    [InlineData("Peer:Join", "::1:7946", "--join is '::1:7946': host:port is expected, as in 127.0.0.1:7946, or several of them separated by commas.")]
    [InlineData("services:bootstrap:http:0", "localhost:5000", "--bootstrap is 'localhost:5000': an address such as http://localhost:5000 is expected.")]
    [InlineData("services:registry:grpc:0", "nowhere", "--registry is 'nowhere': an address such as http://localhost:5000 is expected.")]
    [InlineData("Peer:Profile", "moon", "--profile is 'moon': local, lan or wan is expected.")]
    [InlineData("Peer:History", "15", "--history is '15': a number from 16 to 1000000 is expected.")]
    [InlineData("Peer:JoinTimeout", "3601", "--join-timeout is '3601': a number from 0 to 3600 is expected.")]
    [InlineData("Peer:Plain", "perhaps", "--plain is 'perhaps': true or false is expected.")]
    public void A_wrong_value_is_refused_with_what_would_be_right(string key, string value, string complaint)
    {
        var thrown = Assert.Throws<PeerSettingsException>(() => Read(new() { [key] = value }, Nothing));
        Assert.Equal(complaint, thrown.Message);
    }

    [Fact]
    public void A_wrong_value_from_the_environment_is_named_by_its_variable()
    {
        var thrown = Assert.Throws<PeerSettingsException>(() => Read(Nothing, new() { ["services:registry:grpc:0"] = "nowhere" }));
        Assert.Equal("services__registry__grpc__0 is 'nowhere': an address such as http://localhost:5000 is expected.", thrown.Message);
    }

    [Fact]
    public void A_peer_without_a_name_draws_a_readable_one()
    {
        var names = Enumerable.Range(0, 100).Select(seed => PeerSettings.Read(Configuration(Nothing, Nothing), Nothing, new Random(seed)).Name).ToArray();

        Assert.All(names, name => Assert.Matches("^[a-z]+-[a-z]+-[0-9]{2}$", name));
        Assert.InRange(names.Distinct().Count(), 95, 100);
    }

    [Theory]
    [InlineData(null, null, "127.0.0.1", "http://127.0.0.1:0")]
    [InlineData(null, "http://localhost:5000", "127.0.0.1", "http://localhost:5000")]
    [InlineData("8080", "http://localhost:5000", "0.0.0.0", "http://0.0.0.0:8080")]
    [InlineData("8080", null, "::1", "http://[::1]:8080")]
    public void Http_is_served_on_its_own_option_or_else_where_the_environment_says(string? port, string? urls, string bind, string expected)
    {
        Dictionary<string, string?> given = new() { ["Peer:HttpPort"] = port, ["urls"] = urls, ["Peer:Bind"] = bind };
        Assert.Equal(expected, PeerSettings.HttpUrls(Configuration(Nothing, given), Read(Nothing, given)));
    }

    private static PeerOptions Read(Dictionary<string, string?> commandLine, Dictionary<string, string?> environment) =>
        PeerSettings.Read(Configuration(commandLine, environment), commandLine, new Random(1));

    private static IConfiguration Configuration(Dictionary<string, string?> commandLine, Dictionary<string, string?> environment) =>
        new ConfigurationBuilder().AddInMemoryCollection(environment).AddInMemoryCollection(commandLine).Build();
}
