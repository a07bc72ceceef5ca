using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ChittyChat.TestSupport;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>Starts that cannot succeed: each ends with its exit code, one line that says why, and nothing else.</summary>
public sealed class BadStartTests
{
    [Fact]
    public async Task A_wrong_option_ends_with_2()
    {
        await using var peer = PeerProcess.Start("--name", "al ice");

        Assert.Equal(2, await peer.ExitCodeAsync());
        Assert.Equal(
            "--name is 'al ice': a name has 1 to 32 characters, of the letters A-Z and a-z, digits, '-', '_' and '.'. Try --help.", Assert.Single(peer.Error));
        Assert.Empty(peer.Output);
    }

    [Fact]
    public async Task A_wrong_variable_ends_with_2_and_is_named()
    {
        await using var peer = PeerProcess.StartIn(new() { ["GRPC_PORT"] = "many" });

        Assert.Equal(2, await peer.ExitCodeAsync());
        Assert.Equal("GRPC_PORT is 'many': a port from 1 to 65535 is expected, or 0 for any free one. Try --help.", Assert.Single(peer.Error));
    }

    [Fact]
    public async Task Urls_that_cannot_be_served_end_with_2()
    {
        await using var peer = PeerProcess.StartIn(new() { ["ASPNETCORE_URLS"] = "https://localhost:5000" });

        Assert.Equal(2, await peer.ExitCodeAsync());
        Assert.StartsWith("ASPNETCORE_URLS contains 'https://localhost:5000'; ", Assert.Single(peer.Error), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--gossip-port")]
    [InlineData("--grpc-port")]
    [InlineData("--http-port")]
    public async Task A_port_that_is_taken_ends_with_4(string option)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        await using var peer = PeerProcess.Start("--name", "alice", option, port);

        Assert.Equal(4, await peer.ExitCodeAsync());
        Assert.Contains(port, Assert.Single(peer.Error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_another_machine_ends_with_4()
    {
        await using var peer = PeerProcess.Start("--name", "alice", "--bind", "192.0.2.1");

        Assert.Equal(4, await peer.ExitCodeAsync());
        Assert.Contains("192.0.2.1", Assert.Single(peer.Error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chat_log_that_cannot_be_opened_ends_with_4()
    {
        await using var peer = PeerProcess.Start("--name", "alice", "--log", "/nowhere/chat.log");

        Assert.Equal(4, await peer.ExitCodeAsync());
        Assert.StartsWith("The chat log '/nowhere/chat.log' cannot be opened: ", Assert.Single(peer.Error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Contacts_of_whom_none_answers_end_with_5()
    {
        var nobody = $"127.0.0.1:{Ports.Free()}";
        await using var peer = PeerProcess.Start("--name", "alice", "--join", nobody, "--join-timeout", "1");

        Assert.Equal(5, await peer.ExitCodeAsync());
        var complaint = Assert.Single(peer.Error);
        Assert.Contains(nobody, complaint, StringComparison.Ordinal);
        Assert.EndsWith("Start one of them first, or leave --join away to start a new cluster.", complaint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_a_running_member_has_ends_with_3_and_names_its_address()
    {
        await using var first = await PeerProcess.JoinAsync("alice");
        await using var second = PeerProcess.Start("--name", "alice", "--join", first.Gossip);

        Assert.Equal(3, await second.ExitCodeAsync());
        Assert.Equal($"The name 'alice' is taken: the member at {first.Gossip} has it and answers. Choose another name, or stop that member first.", Assert.Single(second.Error));
        Assert.DoesNotContain(first.Output, line => line.Contains("left Chitty-Chat", StringComparison.Ordinal));
    }
}
