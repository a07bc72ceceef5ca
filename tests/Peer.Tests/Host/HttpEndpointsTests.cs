using System.Net;
using System.Text.Json;
using ChittyChat.Peer.Control;
using ChittyChat.TestSupport;

namespace ChittyChat.Peer.Tests.Host;

public sealed class HttpEndpointsTests
{
    private static readonly (string, string) Token = ("Control:Token", "correct horse");

    [Fact]
    public async Task Status_tells_who_this_is_and_who_is_there()
    {
        await using var alice = await LocalPeer.StartAsync("alice");

        using var status = JsonDocument.Parse(await alice.Http.GetStringAsync("/"));

        var root = status.RootElement;
        Assert.Equal("alice", root.GetProperty("name").GetString());
        Assert.Equal("joined", root.GetProperty("stage").GetString());
        Assert.InRange(root.GetProperty("lamportTime").GetUInt64(), 1ul, 10ul);
        Assert.Matches("^[0-9a-f]{16}$", root.GetProperty("session").GetString());
        var member = Assert.Single(root.GetProperty("members").EnumerateArray());
        Assert.Equal(
            ("alice", "alive", alice.Lifecycle.View!.Self.GossipAddress, root.GetProperty("session").GetString()),
            (member.GetProperty("name").GetString(), member.GetProperty("state").GetString(), member.GetProperty("gossip").GetString(), member.GetProperty("session").GetString()));
    }

    [Fact]
    public async Task A_peer_is_healthy_while_it_is_in_the_chat()
    {
        await using var alice = await LocalPeer.StartAsync("alice");
        using var health = await alice.Http.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Fact]
    public async Task The_right_token_crashes_the_peer_after_the_answer()
    {
        await using var alice = await LocalPeer.StartAsync("alice", Token);
        alice.Logs.Expect(typeof(CrashSwitch).FullName!, "Told to crash");
        using var answer = await PostCrashAsync(alice, "correct horse");

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        await alice.Crashed.ComesAsync("the crash");
    }

    [Theory]
    [InlineData]
    [InlineData("")]
    [InlineData("correct hors")]
    [InlineData("correct horse battery")]
    [InlineData("correct horse", "correct horse")]
    public async Task Without_the_right_token_nothing_happens(params string[] tokens)
    {
        await using var alice = await LocalPeer.StartAsync("alice", Token);
        using var answer = await PostCrashAsync(alice, tokens);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        await alice.StopAsync();
        Assert.False(alice.Crashed.IsCompleted);
    }

    [Fact]
    public async Task A_crash_is_not_to_be_had_by_a_link()
    {
        await using var alice = await LocalPeer.StartAsync("alice", Token);
        using var answer = await alice.Http.GetAsync(ControlEndpoints.CrashPath);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.False(alice.Crashed.IsCompleted);
    }

    [Fact]
    public async Task A_peer_without_a_token_has_no_control()
    {
        await using var alice = await LocalPeer.StartAsync("alice");
        using var answer = await PostCrashAsync(alice, "");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private static async Task<HttpResponseMessage> PostCrashAsync(LocalPeer peer, params string[] tokens)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, ControlEndpoints.CrashPath);
        request.Headers.Add(ControlEndpoints.TokenHeader, tokens);
        return await peer.Http.SendAsync(request);
    }
}
