namespace ChittyChat.CommandLine.Tests.Output;

public sealed class StyledTextTests
{
    [Fact]
    public void The_text_of_a_line_is_that_of_its_runs() =>
        Assert.Equal("bob has left", new StyledText([new("bob", Meaning.Name), new(" has left", Meaning.Warning)]).ToString());
}
