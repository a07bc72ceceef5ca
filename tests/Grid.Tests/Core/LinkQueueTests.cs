using ChittyChat.Peer.Grid;

namespace ChittyChat.Grid.Tests.Core;

public sealed class LinkQueueTests
{
    [Fact]
    public void It_takes_as_many_things_as_it_may_and_no_more()
    {
        var queue = new LinkQueue(capacity: 2, maxBytes: 100);

        Assert.True(queue.TryAdd([1]));
        Assert.True(queue.TryAdd([2]));
        Assert.False(queue.TryAdd([3]));
        queue.Skip();
        Assert.True(queue.TryAdd([4]));
    }

    [Fact]
    public void It_takes_as_many_bytes_as_it_may_and_one_thing_of_any_length()
    {
        var queue = new LinkQueue(capacity: 10, maxBytes: 3);

        Assert.True(queue.TryAdd(new byte[100]));
        Assert.False(queue.TryAdd([1]));
        queue.Skip();
        Assert.True(queue.TryAdd([1, 2]));
        Assert.True(queue.TryAdd([3, 4]));
        Assert.False(queue.TryAdd([5]));
    }

    [Fact]
    public async Task It_gives_what_it_took_and_then_ends()
    {
        var queue = new LinkQueue(capacity: 10, maxBytes: 100);
        queue.TryAdd([1]);
        queue.End();

        Assert.False(queue.TryAdd([2]));
        Assert.True(await queue.WaitAsync());
        Assert.True(queue.TryPeek(out var item));
        Assert.Equal([1], item);
        queue.Skip();
        Assert.False(await queue.WaitAsync());
    }
}
