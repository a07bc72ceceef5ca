using ChittyChat.CommandLine;
using ChittyChat.Peer.Attach;

namespace ChittyChat.Peer.Tests.Attach;

public sealed class RemoteTextTests
{
    [Fact]
    public void A_line_with_meanings_goes_there_and_back()
    {
        var line = new StyledText([new("[17] ", Meaning.Muted), new("alice", Meaning.Name), new(": hej")]);

        var piece = Assert.Single(RemoteText.Write(line));

        Assert.Equal(line.Runs.ToArray(), RemoteText.Read(piece, [])!.Runs.ToArray());
    }

    [Fact]
    public void An_empty_line_is_a_line() => Assert.Equal("", RemoteText.Read(Assert.Single(RemoteText.Write("")), [])!.ToString());

    [Fact]
    public void Every_meaning_has_the_same_name_on_the_wire() => Assert.Equal(
        Enum.GetValues<Meaning>().Select(m => ((int)m, m.ToString())),
        Enum.GetValues<Contracts.V1.Meaning>().Select(m => ((int)m, m.ToString())));

    [Theory]
    [InlineData(RemoteText.PieceLength, 1)]
    [InlineData(RemoteText.PieceLength + 1, 2)]
    [InlineData((3 * RemoteText.PieceLength) + 5, 4)]
    public void A_long_line_goes_in_pieces_and_comes_out_whole(int length, int pieces)
    {
        var line = new StyledText([new("a", Meaning.Name), new(new string('x', length - 2)), new("b", Meaning.Error)]);

        var sent = RemoteText.Write(line).ToArray();

        Assert.Equal(pieces, sent.Length);
        Assert.All(sent, piece => Assert.InRange(piece.Runs.Sum(run => run.Text.Length), 0, RemoteText.PieceLength));
        List<StyledRun> before = [];
        var read = sent.Select(piece => RemoteText.Read(piece, before)).ToArray();
        Assert.All(read[..^1], Assert.Null);
        Assert.Equal(line.Runs.ToArray(), read[^1]!.Runs.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void No_cut_goes_through_the_middle_of_a_character(int shift)
    {
        var text = new string('x', shift) + string.Concat(Enumerable.Repeat("😀", RemoteText.PieceLength));

        List<StyledRun> before = [];
        // Through the bytes of protobuf, where half of a pair would become a replacement character.
        var read = RemoteText.Write(text).Select(p => RemoteText.Read(Contracts.V1.OutputLine.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(p)), before)).ToArray();

        Assert.Equal(text, read[^1]!.ToString());
    }
}
