using System.Text;
using ChittyChat.CommandLine;
using ChittyChat.LogicalTime;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Commands;
using ChittyChat.Peer.Prompt;

namespace ChittyChat.Peer.Tests.Prompt;

public sealed class PeerPromptTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("/members", null)]
    [InlineData("  /members", null)]
    [InlineData("! ls", null)]
    [InlineData("hello", "5/128")]
    [InlineData("👍🏽", "2/128")]
    [InlineData(@"\/members", "8/128")]
    public void A_message_is_counted_in_scalar_values_and_a_command_is_not(string line, string? count) =>
        Assert.Equal(count, PeerPrompt.Count(line)?.ToString());

    [Fact]
    public void A_message_that_is_too_long_is_marked()
    {
        Assert.Equal(new StyledRun("128/128", Meaning.Muted), Assert.Single(PeerPrompt.Count(new string('x', 128))!.Runs));
        Assert.Equal(new StyledRun("129/128", Meaning.Error), Assert.Single(PeerPrompt.Count(new string('x', 129))!.Runs));
    }

    [Theory]
    [InlineData("/keys add c2VjcmV0", true)]
    [InlineData("  /keys use abc", true)]
    [InlineData("/bootstrap reset --token abc", true)]
    [InlineData("/repeat 2 keys add c2VjcmV0", true)]
    [InlineData("/set token abc", true)]
    [InlineData("/set gossip-key c2VjcmV0", true)]
    [InlineData("  /SET adminToken abc", true)]
    [InlineData("! Console__Token=abc dotnet run", true)]
    [InlineData("/keys", false)]
    [InlineData("/keys new", false)]
    [InlineData("/set greeting hello", false)]
    [InlineData("/bootstrap ping", false)]
    [InlineData("the keys add up, set token or not", false)]
    [InlineData("hello", false)]
    public void Lines_with_secrets_are_not_remembered(string line, bool isSecret) => Assert.Equal(isSecret, PeerCommands.IsSecret(line));

    [Fact]
    public void What_others_wrote_stays_one_line()
    {
        var delivery = new Delivery
        {
            Id = new MessageId(new SessionId(1), 1),
            Kind = EventKind.Message,
            Participant = "mallory",
            Text = Encoding.UTF8.GetBytes("hi\n[9] alice: I am\e[2J not"),
            PublishedAt = new LamportTime(3),
            DeliveredAt = new LamportTime(4),
            PublishedUnixMicroseconds = 0,
            DeliveredUnixMicroseconds = 0,
        };
        var line = ScreenLog.Format(delivery).ToString();
        Assert.StartsWith("[3] mallory: hi", line, StringComparison.Ordinal);
        Assert.DoesNotContain(line, char.IsControl);
    }
}
