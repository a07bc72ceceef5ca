using System.Net;
using System.Text;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Tests.Wire;

/// <summary>Bytes that Serf 0.9.4 and memberlist sent: read as they are, and written the same.</summary>
public sealed class CaptureTests
{
    private static readonly Member Alpha = MemberAt("alpha", 0x461a);
    private static readonly Member Charlie = MemberAt("charlie", 0x461c);

    [Fact]
    public void Ping()
    {
        const string Hex = "0085a44e6f6465a7636861726c6965a55365714e6f01aa536f7572636541646472a47f000001aa536f757263654e6f6465a5616c706861aa536f75726365506f7274cd461a";
        Assert.Equal(Hex, Written(w => w.WritePing(1, "charlie", Alpha)));
        var reader = new MsgPackReader(Convert.FromHexString(Hex).AsSpan(1));
        Assert.True(PingMessage.TryRead(ref reader, out var ping));
        Assert.Equal(1u, ping.SequenceNumber);
        Assert.Equal("charlie", Encoding.UTF8.GetString(ping.Node));
        Assert.Equal("7f000001", Convert.ToHexStringLower(ping.SourceAddress));
        Assert.Equal("alpha", Encoding.UTF8.GetString(ping.SourceNode));
        Assert.Equal(0x461a, ping.SourcePort);
    }

    [Fact]
    public void Indirect_ping()
    {
        const string Hex = "0188a44e61636bc3a44e6f6465a7636861726c6965a4506f7274cd461ca55365714e6f12aa536f7572636541646472a47f000001"
            + "aa536f757263654e6f6465a5616c706861aa536f75726365506f7274cd461aa6546172676574a47f000001";
        Assert.Equal(Hex, Written(w => w.WriteIndirectPing(18, Charlie, nack: true, Alpha)));
        var reader = new MsgPackReader(Convert.FromHexString(Hex).AsSpan(1));
        Assert.True(IndirectPingMessage.TryRead(ref reader, out var ask));
        Assert.True(ask.Nack);
        Assert.Equal(18u, ask.SequenceNumber);
        Assert.Equal("7f000001", Convert.ToHexStringLower(ask.Target));
        Assert.Equal(0x461c, ask.Port);
    }

    [Fact]
    public void Ack_and_nack()
    {
        Assert.Equal("0282a75061796c6f6164c0a55365714e6f01", Written(w => w.WriteAck(1, default)));
        Assert.Equal("0b81a55365714e6f12", Written(w => w.WriteNack(18)));
    }

    [Fact]
    public void Suspect() => Assert.Equal(
        "0383a446726f6da5616c706861ab496e6361726e6174696f6e02a44e6f6465a7636861726c6965",
        Written(w => w.WriteAccusation(MessageType.Suspect, new Incarnation(2), "charlie", "alpha")));

    [Fact]
    public void Alive_with_its_checksum()
    {
        const string Hex = "0c9698f5fe0486a441646472a47f000001ab496e6361726e6174696f6e02a44d657461adff81a46d6f6f64a56861707079a44e6f6465a7636861726c6965"
            + "a4506f7274cd461ca356736ea6010502020505";
        var alive = Charlie with { Incarnation = new Incarnation(2), Metadata = MemberTags.Encode([new("mood", "happy")]) };
        var codec = new PacketCodec(new MembershipOptions { Compression = false }, new Keyring([]));

        Assert.Equal(Hex, Convert.ToHexStringLower(codec.Seal(Convert.FromHexString(Written(w => w.WriteAlive(alive))), checksum: true)));
        Assert.Equal(DropReason.None, codec.Open(Convert.FromHexString(Hex), out var plain));
        Assert.Equal(Written(w => w.WriteAlive(alive)), Convert.ToHexStringLower(plain));
        var wrong = Convert.FromHexString(Hex);
        wrong[^1] ^= 1;
        Assert.Equal(DropReason.WrongChecksum, codec.Open(wrong, out _));
    }

    [Fact]
    public async Task Compressed_ack_on_a_stream()
    {
        const string Hex = "0982a4416c676f00a3427566b70005083a05254c1e366fc29001566a4a99384ede480808";
        var codec = new StreamCodec(new MembershipOptions(), new Keyring([]));

        Assert.Equal(Hex, Convert.ToHexStringLower(codec.Seal(Convert.FromHexString(Written(w => w.WriteAck(18, default))), dialled: false).Span));
        var message = await ReadAsync(Hex, codec);
        Assert.Equal(MessageType.Ack, message.Type);
        var reader = new MsgPackReader(message.Body.Span);
        Assert.True(AckMessage.TryRead(ref reader, out var ack));
        Assert.Equal(18u, ack.SequenceNumber);
    }

    [Fact]
    public async Task User_message_on_a_stream()
    {
        var message = await ReadAsync("0881aa557365724d73674c656e0e68656c6c6f2072656c6961626c65", new StreamCodec(new MembershipOptions(), new Keyring([])));

        Assert.Equal(MessageType.User, message.Type);
        Assert.Equal("hello reliable", Encoding.UTF8.GetString(message.Tail.Span));
    }

    [Fact]
    public async Task Push_pull()
    {
        var hex = "0683a44a6f696ec3a54e6f64657301ac5573657253746174654c656ecd024d87a441646472a47f000001ab496e6361726e6174696f6e01a44d657461ac"
            + "ff81a4726f6c65a463686174a44e616d65a5627261766fa4506f7274cd4a03a5537461746500a356736ea6010502020505" + new string('5', 2 * 589);
        var message = await ReadAsync(hex, new StreamCodec(new MembershipOptions(), new Keyring([])));

        Assert.Equal(MessageType.PushPull, message.Type);
        Assert.True(message.IsJoin);
        Assert.Equal(589, message.Tail.Length);
        var bravo = OnlyMember(message);
        Assert.Equal("chat", bravo.GetTags()["role"]);
        Assert.Equal(hex[..^(2 * 589)], Written(w =>
        {
            w.WritePushPullHeader(true, 1, 589);
            w.WriteMember(bravo);
        }));
    }

    [Fact]
    public void Encrypted_ping_with_a_label()
    {
        var options = new MembershipOptions
        {
            Label = "lab",
            SecretKeys = [Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()],
        };
        var codec = new PacketCodec(options, new Keyring(options.SecretKeys));
        var datagram = Convert.FromHexString(
            "f4036c61620110fa272099cd515c4d98833dd7c7f36075431133ee1b5624ff50370fcc859f0634ed76200c378349dc37170da54930c09a31d0e9185d375a2141"
            + "dc275014d0853c60a46fac196fc4312060b39760582c7324ad8e7239d3db44");

        Assert.Equal(DropReason.None, codec.Open(datagram, out var plain));
        Assert.Equal(
            "0085a44e6f6465a26d61a55365714e6f01aa536f7572636541646472a47f000001aa536f757263654e6f6465a26d62aa536f75726365506f7274cd74fb",
            Convert.ToHexStringLower(plain));
        datagram[^1] ^= 1;
        Assert.Equal(DropReason.Undecryptable, codec.Open(datagram, out _));
        datagram[2] ^= 1;
        Assert.Equal(DropReason.WrongLabel, codec.Open(datagram, out _));
    }

    private static Member MemberAt(string name, int port) =>
        new(name, new IPEndPoint(IPAddress.Loopback, port), default, MemberState.Alive, new Incarnation(1), ProtocolVersions.Serf);

    private static Member OnlyMember(StreamMessage message)
    {
        var members = message.Members;
        Assert.True(members.MoveNext());
        var record = members.Current;
        Assert.Equal(MemberState.Alive, record.State);
        Assert.False(members.MoveNext());
        return MemberAt(Encoding.UTF8.GetString(record.Node), record.Port) with { Metadata = record.Metadata.ToArray() };
    }

    private static string Written(Action<ByteWriter> write)
    {
        var writer = new ByteWriter();
        write(writer);
        return Convert.ToHexStringLower(writer.Written);
    }

    private static Task<StreamMessage> ReadAsync(string hex, StreamCodec codec) =>
        new StreamMessageReader(new MemoryStream(Convert.FromHexString(hex)), codec).ReadAsync(accepted: true, CancellationToken.None);
}
