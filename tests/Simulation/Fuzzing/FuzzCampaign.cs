using System.Globalization;

namespace ChittyChat.Simulation.Fuzzing;

/// <summary>
/// Feeds damaged messages of every kind to nodes, as datagrams and as streams, plain, checksummed and encrypted (damaged before
/// and after the encryption), and checks after each that no exception escaped, that nothing grew without bounds, and that an
/// input did not cost more memory than its size justifies. Everything comes from the seed.
/// </summary>
public sealed class FuzzCampaign
{
    // LZW makes 2,700 bytes of one at most, buffers double, and a stream is parsed from what arrived.
    private const long AllocationBase = 8 * 1024 * 1024;
    private const long AllocationPerByte = 4 * 2730;

    private readonly int _seed;
    private readonly Random _random;
    private readonly FuzzTarget[] _targets;
    private readonly byte[][] _datagrams = [.. MessageCorpus.Datagrams.Values];
    private readonly byte[][] _streams = [.. MessageCorpus.Streams.Values];
    private readonly MessageMutator _mutator;

    /// <param name="seed">The source of all chance; a failure tells it, and the number of the input.</param>
    public FuzzCampaign(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        _targets = [new FuzzTarget(new Random(_random.Next()), encrypted: false), new FuzzTarget(new Random(_random.Next()), encrypted: true)];
        _mutator = new MessageMutator(_random, [.. _datagrams, .. _streams]);
    }

    /// <summary>How many inputs were taken in.</summary>
    public long Inputs { get; private set; }

    /// <summary>The most bytes that one input made the node allocate.</summary>
    public long MostAllocated { get; private set; }

    /// <summary>How many inputs, or parts of them, were dropped, by reason.</summary>
    public IReadOnlyDictionary<string, long> Dropped =>
        _targets.SelectMany(t => t.Drops).GroupBy(d => d.Key).ToDictionary(d => d.Key.ToString(), d => d.Sum(x => x.Value));

    /// <summary>How many times something came of an input or a timer: a datagram, an event, a change of the table, a user message.</summary>
    public long Effects => _targets.Sum(t => t.Effects);

    /// <summary>Takes in so many more inputs.</summary>
    /// <exception cref="FuzzFailureException">Something went wrong; the message tells how to replay it.</exception>
    public void Run(long inputs)
    {
        for (var end = Inputs + inputs; Inputs < end; Inputs++)
        {
            var target = _targets[_random.Next(_targets.Length)];
            var stream = _random.Next(4) == 0;
            var bytes = stream ? MakeStream(target) : MakeDatagram(target);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                if (stream)
                {
                    target.TakeStream(bytes);
                }
                else
                {
                    target.TakeDatagram(bytes);
                }
            }
            catch (Exception escaped)
            {
                throw Failure(bytes, stream, $"an exception escaped: {escaped}", escaped);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            MostAllocated = Math.Max(MostAllocated, allocated);
            if (allocated > AllocationBase + (AllocationPerByte * bytes.Length))
            {
                throw Failure(bytes, stream, $"{allocated} bytes were allocated for it", null);
            }

            if (_random.Next(16) == 0)
            {
                Pass(target, bytes, stream);
            }
        }
    }

    private void Pass(FuzzTarget target, byte[] bytes, bool stream)
    {
        try
        {
            target.Pass(TimeSpan.FromMilliseconds(_random.Next(1, 400)));
        }
        catch (Exception escaped)
        {
            throw Failure(bytes, stream, $"an exception escaped from a timer some time after it: {escaped}", escaped);
        }

        if (target.Violation() is { } violation)
        {
            throw Failure(bytes, stream, violation, null);
        }
    }

    private byte[] MakeDatagram(FuzzTarget target)
    {
        var sound = _datagrams[_random.Next(_datagrams.Length)];
        return _random.Next(8) switch
        {
            0 => sound,
            1 => target.Seal(sound, checksum: true),
            2 => _mutator.Mutate(target.Seal(sound, checksum: _random.Next(2) == 0)),
            3 => _mutator.Mutate(sound),
            _ => target.Seal(_mutator.Mutate(sound), checksum: _random.Next(2) == 0),
        };
    }

    private byte[] MakeStream(FuzzTarget target)
    {
        var sound = _streams[_random.Next(_streams.Length)];
        return _random.Next(8) switch
        {
            0 => target.SealStream(sound),
            1 => _mutator.Mutate(target.SealStream(sound)),
            2 => _mutator.Mutate(sound),
            _ => target.SealStream(_mutator.Mutate(sound)),
        };
    }

    private FuzzFailureException Failure(byte[] bytes, bool stream, string what, Exception? inner) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"Input {Inputs} of seed {_seed}, a {(stream ? "stream" : "datagram")} of {bytes.Length} bytes ({Convert.ToHexStringLower(bytes.AsSpan(0, Math.Min(bytes.Length, 2000)))}): {what}"),
        inner);
}

/// <summary>A node did not stand up to an input.</summary>
public sealed class FuzzFailureException(string message, Exception? inner) : Exception(message, inner);
