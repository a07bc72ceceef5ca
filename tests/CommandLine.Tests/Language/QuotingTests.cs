using CsCheck;

namespace ChittyChat.CommandLine.Tests.Language;

public sealed class QuotingTests
{
    private const string Special = " '\"\\${}-#/n\n\r\té\0\uD83D=a";

    private static readonly Gen<string> Nasty = Gen.OneOf(
        Gen.Int[0, Special.Length - 1].Array[0, 12].Select(chosen => string.Concat(chosen.Select(i => Special[i]))),
        Gen.String);

    [Fact]
    public void Any_text_can_be_quoted_so_that_it_reads_back_as_one_word() => Nasty.Sample(text =>
    {
        var quoted = Quoting.Quote(text);
        var reader = new LineReader($" {quoted} next", 0, new Variables());
        return reader.TryRead(out var word) && word.Text == text
            && !ArgumentBinder.IsOption(word)
            && reader.TryRead(out var next) && next.Text == "next" && !reader.TryRead(out _);
    });

    [Fact]
    public async Task Any_text_reaches_a_handler_through_the_whole_way()
    {
        string[]? got = null;
        using var session = new Session(registry => registry.Register("take", "Take words", (params string[] words) =>
        {
            got = words;
        }));
        await Nasty.Array[0, 4].SampleAsync(async words =>
        {
            await session.Lines($"/take {string.Join(' ', words.Select(Quoting.Quote))}");
            Assert.Equal(words, got);
        }, iter: 200, threads: 1);
    }

    [Theory]
    [InlineData("simple", "simple")]
    [InlineData("", "''")]
    [InlineData("two words", "'two words'")]
    [InlineData("it's", "\"it's\"")]
    [InlineData("--flag", "'--flag'")]
    [InlineData("-5", "-5")]
    [InlineData("$5", "'$5'")]
    public void Quotes_are_added_only_where_they_are_needed(string text, string quoted) => Assert.Equal(quoted, Quoting.Quote(text));

    [Fact]
    public void Reading_any_line_leniently_never_fails_and_always_ends() => Nasty.Sample(line =>
    {
        var reader = new LineReader(line, 0, null);
        var last = 0;
        while (reader.TryRead(out var word))
        {
            Assert.True(word.Start >= last && word.End > word.Start, line);
            last = word.End;
        }
    });
}
