using ChittyChat.CommandLine;
using ChittyChat.Peer.Attach;

namespace ChittyChat.Peer.Tests.Attach;

public sealed class RunOutputTests
{
    [Fact]
    public async Task Lines_come_out_in_the_order_in_which_they_went_in_and_then_there_is_an_end()
    {
        var output = new RunOutput(80);
        output.Write("one");
        output.WriteError("two");
        output.Complete();

        Assert.Equal(80, ((IOutput)output).Width);
        Assert.Equal([("one", false, 0ul), ("two", true, 0ul)], (await output.TakeAsync())!.Select(e => (e.Line!.ToString(), e.IsError, e.MissedBefore)));
        Assert.Null(await output.TakeAsync());
    }

    [Fact]
    public async Task What_is_not_read_in_time_is_lost_beyond_the_bound_and_counted_where_it_was()
    {
        var output = new RunOutput(null);
        for (var i = 0; i < RunOutput.MaxLines + 7; i++)
        {
            output.Write("x");
        }

        var first = (await output.TakeAsync())!;
        output.Write("after");
        output.Complete();
        var then = (await output.TakeAsync())!;

        Assert.Equal(RunOutput.MaxLines + 1, first.Length);
        Assert.Equal(new OutputEntry(null, IsError: false, MissedBefore: 7), first[^1]);
        Assert.Equal(("after", 0ul), (then.Single().Line!.ToString(), then.Single().MissedBefore));
        Assert.Null(await output.TakeAsync());
    }

    [Fact]
    public async Task Few_long_lines_are_bounded_too_but_one_always_passes()
    {
        var output = new RunOutput(null);
        output.Write(new string('x', RunOutput.MaxLength + 1));
        output.Write("lost");
        output.Complete();

        var taken = (await output.TakeAsync())!;

        Assert.Equal([RunOutput.MaxLength + 1, 0], taken.Select(e => e.Line?.ToString().Length ?? 0));
        Assert.Equal(1ul, taken[^1].MissedBefore);
    }

    [Fact]
    public async Task Taking_waits_for_a_line()
    {
        var output = new RunOutput(null);
        var taking = output.TakeAsync().AsTask();
        Assert.False(taking.IsCompleted);

        output.Write("there");

        Assert.Equal("there", (await taking)!.Single().Line!.ToString());
    }
}
