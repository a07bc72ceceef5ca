using System.Net;
using ChittyChat.Membership.Net;
using ChittyChat.TestSupport;

namespace ChittyChat.Membership.Tests;

/// <summary>What is wrong, too long, too late or in the way is told, and leaves nothing behind.</summary>
public sealed class MisuseTests : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("membership-tests-");
    private readonly TestNodes _nodes = new();

    public Task InitializeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("nonsense", "should hold an incarnation")]
    [InlineData("", "should hold an incarnation")]
    [InlineData("-1", "should hold an incarnation")]
    [InlineData("4294967295", "a whole number below 4294967293")]
    public async Task An_incarnation_file_with_something_else_in_it_ends_the_start(string content, string message)
    {
        var file = Path.Combine(_directory.FullName, "incarnation");
        await File.WriteAllTextAsync(file, content);
        var transport = new UnusualTransport(SocketTransport.Bind(IPAddress.Loopback, 0));
        var options = TestNodes.Quick("a");
        options.IncarnationFile = file;

        var failed = await Assert.ThrowsAsync<MembershipException>(() => MembershipNode.StartAsync(options, transport: transport));

        Assert.Contains(message, failed.Message, StringComparison.Ordinal);
        Assert.Contains(file, failed.Message, StringComparison.Ordinal);
        Assert.True(transport.IsDisposed);
        File.Delete(file);
        var node = await _nodes.StartAsync("a", o => o.IncarnationFile = file);
        Assert.Equal(("1", 1u), (await File.ReadAllTextAsync(file), node.Self.Incarnation.Value));
    }

    [Fact]
    public async Task An_incarnation_file_that_cannot_be_written_ends_the_start()
    {
        var file = Path.Combine(_directory.FullName, "missing", "incarnation");

        var failed = await Assert.ThrowsAsync<MembershipException>(() => _nodes.StartAsync("a", o => o.IncarnationFile = file));

        Assert.Contains($"The incarnation cannot be kept in '{file}'", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_a_configuration_left_null_are_named()
    {
        var options = MembershipOptions.Lan();
        (options.Name, options.BindAddress, options.Label, options.SecretKeys) = (null!, null!, null!, null!);
        Assert.Equal(["Name must not be null.", "BindAddress must not be null.", "Label must not be null.", "SecretKeys must not be null."], options.Validate());

        options = TestNodes.Quick("a");
        options.IncarnationFile = " ";
        Assert.Equal(["IncarnationFile must be the path of a file, or null for none."], options.Validate());
    }

    [Fact]
    public async Task A_port_in_use_and_an_address_of_another_machine_are_named()
    {
        var a = await _nodes.StartAsync("a");

        var taken = await Assert.ThrowsAsync<MembershipException>(() => _nodes.StartAsync("b", o => o.Port = a.Self.Address.Port));
        var elsewhere = await Assert.ThrowsAsync<MembershipException>(() => _nodes.StartAsync("b", o => o.BindAddress = IPAddress.Parse("192.0.2.1")));

        Assert.Contains($"Cannot listen on {a.Self.Address} for UDP and TCP", taken.Message, StringComparison.Ordinal);
        Assert.Contains("Cannot listen on 192.0.2.1:0 for UDP and TCP", elsewhere.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_that_are_none_are_named_one_by_one()
    {
        var a = await _nodes.StartAsync("a");

        var failed = await Assert.ThrowsAsync<MembershipException>(() => a.JoinAsync(["", null!, "host:", "x:y:z", "127.0.0.1:99999"]));

        Assert.Equal(
            "No member could be joined. An address is empty: write host:port. An address is empty: write host:port. 'host:' has no valid port: write host:port with a port from 1 to 65535. "
            + "'x:y:z' has no valid port: write host:port with a port from 1 to 65535. '127.0.0.1:99999' has no valid port: write host:port with a port from 1 to 65535.",
            failed.Message);
    }

    [Fact]
    public async Task A_cluster_that_cannot_be_joined_says_why()
    {
        var a = await _nodes.StartAsync("a");
        var labelled = await _nodes.StartAsync("labelled", o => o.Label = "lab");
        var bare = await _nodes.StartAsync("bare", o => o.Versions = ProtocolVersions.Memberlist);
        var six = await _nodes.StartAsync("six", o => o.BindAddress = IPAddress.IPv6Loopback);

        Assert.Contains("its label may be another one", (await JoinAsync(labelled, a)).Message, StringComparison.Ordinal);
        Assert.Contains("announce the versions [1, 5, 2, 2, 5, 5], which do not fit [1, 5, 2, 0, 0, 0]", (await JoinAsync(bare, a)).Message, StringComparison.Ordinal);
        Assert.Contains("do not reach IPv6", (await JoinAsync(a, six)).Message, StringComparison.Ordinal);
        Assert.Equal("a:Alive", TestNodes.Describe(a));
        Assert.Equal("bare:Alive", TestNodes.Describe(bare));

        static Task<MembershipException> JoinAsync(MembershipNode node, MembershipNode other) =>
            Assert.ThrowsAsync<MembershipException>(() => node.JoinAsync([other.Self.Address.ToString()]));
    }

    [Fact]
    public void A_tag_cannot_come_twice() =>
        Assert.Contains("'role' comes twice", Assert.Throws<ArgumentException>(() => MemberTags.Encode([new("role", "a"), new("role", "b")])).Message, StringComparison.Ordinal);

    [Fact]
    public async Task The_network_of_a_node_that_does_not_start_is_disposed()
    {
        var transport = new UnusualTransport(SocketTransport.Bind(IPAddress.Loopback, 0));

        await Assert.ThrowsAsync<ArgumentException>(() => MembershipNode.StartAsync(new MembershipOptions(), transport: transport));

        Assert.True(transport.IsDisposed);
    }

    [Fact]
    public async Task A_network_that_fails_in_unusual_ways_is_a_network_that_fails()
    {
        var transport = new UnusualTransport(SocketTransport.Bind(IPAddress.Loopback, 0)) { FailsToSend = true };
        using var logs = new ErrorLogs();
        var options = TestNodes.Quick("a");
        (options.ProbeInterval, options.ProbeTimeout) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(50));
        await using (var a = await MembershipNode.StartAsync(options, loggers: logs, transport: transport))
        {
            // Its first accept and its first receive have failed: streams and datagrams come in all the same.
            var b = await _nodes.StartAsync("b");
            await b.JoinAsync([a.Self.Address.ToString()]);
            await TestNodes.UntilAsync(() => a.Members.Length == 2, () => "a to see b");
            await TestNodes.UntilAsync(() => logs.Lines.Any(l => l.Contains("Nothing can be sent.", StringComparison.Ordinal)), () => "a to try to send");
            transport.FailsToSend = false;

            // Had the probes stopped for good, there would be no round trip.
            await TestNodes.UntilAsync(() => a.RoundTripTo("b") is not null, () => "a to probe b");

            transport.FailsToConnect = true;
            var failed = await Assert.ThrowsAsync<MembershipException>(() => a.JoinAsync([b.Self.Address.ToString()]));
            Assert.Contains($"{b.Self.Address}: The certificate is wrong.", failed.Message, StringComparison.Ordinal);
        }

        logs.AssertNone();
    }

    [Fact]
    public async Task What_is_too_long_is_refused_with_the_limit()
    {
        var a = await _nodes.StartAsync("a");
        var b = await _nodes.StartAndJoinAsync("b", a);
        var keyed = await _nodes.StartAsync("keyed", o => o.SecretKeys = [new byte[16]]);

        Assert.Equal((1394, 1365), (a.MaxDatagramPayload, keyed.MaxDatagramPayload));
        await a.SendAsync(b.Self, new byte[1394]);
        Assert.Contains("may have 1394 bytes, but this one has 1395", (await Assert.ThrowsAsync<ArgumentException>(() => a.SendAsync(b.Self, new byte[1395]))).Message, StringComparison.Ordinal);
        Assert.Contains("may have 1394 bytes, but this one has 1395", (await Assert.ThrowsAsync<ArgumentException>(() => a.BroadcastAsync(new byte[1395]))).Message, StringComparison.Ordinal);
        Assert.Contains("may have 20971520 bytes", (await Assert.ThrowsAsync<ArgumentException>(() => a.SendReliablyAsync(b.Self, new byte[20971521]))).Message, StringComparison.Ordinal);
        Assert.Contains("may have 20971456 bytes", (await Assert.ThrowsAsync<ArgumentException>(() => keyed.SendReliablyAsync(b.Self, new byte[20971457]))).Message, StringComparison.Ordinal);
        Assert.Contains("may have 512 bytes, but has 513", (await Assert.ThrowsAsync<ArgumentException>(() => a.UpdateMetadataAsync(new byte[513]))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_longest_message_arrives_even_if_it_cannot_be_compressed(bool encrypted)
    {
        void Configure(MembershipOptions options) => options.SecretKeys = encrypted ? [new byte[32]] : [];
        var a = await _nodes.StartAsync("a", Configure);
        var b = await _nodes.StartAndJoinAsync("b", a, Configure);
        var longest = new byte[(20 << 20) - (encrypted ? 64 : 0)];
        new Random(1).NextBytes(longest);
        await using var messages = b.ReceiveAsync().GetAsyncEnumerator();
        var first = messages.MoveNextAsync().AsTask();

        await a.SendReliablyAsync(b.Self, longest);

        Assert.True(await first.WaitAsync(TestNodes.Patience, TimeProvider.System));
        Assert.True(messages.Current.Span.SequenceEqual(longest));
    }

    [Fact]
    public async Task Hooks_that_give_too_much_are_told_so_and_the_protocol_goes_on()
    {
        using var logs = new ErrorLogs();
        logs.Expect("MembershipNode", "The user state may have 20971520 bytes, but has 20971521");
        var options = TestNodes.Quick("a");
        options.Hooks = new Generous();
        await using var a = await MembershipNode.StartAsync(options, loggers: logs);
        var b = await _nodes.StartAndJoinAsync("b", a);

        Assert.True(await b.PingAsync(a.Self) > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_node_that_was_disposed_says_so()
    {
        var a = await _nodes.StartAsync("a");
        await a.DisposeAsync();
        await a.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => a.JoinAsync(["127.0.0.1:1"]));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => a.LeaveAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => a.BroadcastAsync(new byte[1]));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => a.SendReliablyAsync(a.Self, new byte[1]));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => a.PingAsync(a.Self));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => a.DumpAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await a.WatchAsync().GetAsyncEnumerator().MoveNextAsync());
        Assert.Equal("a", Assert.Single(a.Members).Name);
    }

    [Fact]
    public async Task A_node_that_has_left_cannot_join_and_leaving_again_is_nothing()
    {
        var a = await _nodes.StartAsync("a");
        await a.LeaveAsync();
        await a.LeaveAsync();
        await a.UpdateMetadataAsync("unheard"u8.ToArray());

        await Assert.ThrowsAsync<InvalidOperationException>(() => a.JoinAsync(["127.0.0.1:1"]));
        Assert.Equal((MemberState.Left, 0), (a.Self.State, a.Self.Metadata.Length));
    }

    [Fact]
    public async Task A_lost_member_is_not_taken_for_whoever_has_its_address_now()
    {
        var a = await _nodes.StartAsync("a");
        var sockets = SocketTransport.Bind(IPAddress.Loopback, 0);
        var lost = await MembershipNode.StartAsync(TestNodes.Quick("lost"), transport: new UnusualTransport(sockets) { StaysOpen = true });
        await lost.JoinAsync([a.Self.Address.ToString()]);
        await TestNodes.UntilAsync("a:Alive lost:Alive", a);
        await TestNodes.UntilAsync(() => a.Loop.QueuedBroadcasts == 0, () => "a to have told everything");
        await lost.DisposeAsync();
        // Of another cluster, which must stay one.
        await using var stranger = await MembershipNode.StartAsync(TestNodes.Quick("stranger"), transport: sockets);
        Assert.Equal(lost.Self.Address, stranger.Self.Address);

        await TestNodes.DeclareDeadAsync(a, lost.Self);

        await TestNodes.UntilAsync(
            () => _nodes.Logs.Lines.Any(l => l.Contains("lost does not answer there", StringComparison.Ordinal)), () => "a to try to find the lost member again");
        Assert.Equal("a:Alive lost:Dead", TestNodes.Describe(a));
        Assert.Equal("stranger:Alive", TestNodes.Describe(stranger));
    }

    public async Task DisposeAsync()
    {
        await _nodes.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private sealed class Generous : MembershipHooks
    {
        public override ReadOnlyMemory<byte> GetUserState(bool join) => new byte[20971521];

        public override byte[] GetAckPayload() => new byte[100_000];
    }
}
