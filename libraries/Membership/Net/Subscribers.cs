using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Membership.Net;

/// <summary>
/// Those who follow a stream of items, each with a bounded buffer of its own. Full: the subscriber loses its oldest items, which
/// is counted and logged, and nobody else is affected.
/// </summary>
internal sealed class Subscribers<T>(int limit, MembershipMetrics metrics, ILogger logger)
{
    private readonly Lock _gate = new();
    private Channel<T>[] _channels = [];
    private bool _completed;

    public bool HasAny => Volatile.Read(ref _channels).Length > 0;

    public ChannelReader<T> Add(IEnumerable<T> first)
    {
        var warned = false;
        var options = new BoundedChannelOptions(limit) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true };
        var channel = Channel.CreateBounded<T>(options, _ =>
        {
            metrics.EventsLost.Add(1);
            if (!warned)
            {
                warned = true;
                logger.SubscriberBehind(limit);
            }
        });
        foreach (var item in first)
        {
            channel.Writer.TryWrite(item);
        }

        lock (_gate)
        {
            if (_completed)
            {
                channel.Writer.Complete();
            }

            _channels = [.. _channels, channel];
        }

        return channel.Reader;
    }

    public void Remove(ChannelReader<T> reader)
    {
        lock (_gate)
        {
            _channels = [.. _channels.Where(c => c.Reader != reader)];
        }
    }

    public void Publish(T item)
    {
        foreach (var channel in Volatile.Read(ref _channels))
        {
            channel.Writer.TryWrite(item);
        }
    }

    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            foreach (var channel in _channels)
            {
                channel.Writer.TryComplete();
            }
        }
    }
}
