using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Serf;

/// <summary>A place in the network coordinate system, in which distances are round-trip times.</summary>
/// <param name="Vec">Eight dimensions, in seconds.</param>
/// <param name="Error">How sure it is: 0 is certain, 1.5 knows nothing.</param>
/// <param name="Adjustment">What measured distances differ from computed ones, on average, in seconds.</param>
/// <param name="Height">The distance to the plane: the delay of the last mile, in seconds.</param>
internal sealed record Coordinate(double[] Vec, double Error, double Adjustment, double Height)
{
    public const int Dimensions = 8;
    public const double MinHeight = 10.0e-6;
    public const double MaxError = 1.5;
    private const byte Version = 1;

    public static Coordinate Start => new(new double[Dimensions], MaxError, 0, MinHeight);

    public bool IsValid => Vec.Length == Dimensions && Array.TrueForAll(Vec, double.IsFinite)
        && double.IsFinite(Error) && double.IsFinite(Adjustment) && double.IsFinite(Height);

    /// <summary>The expected round-trip time in seconds.</summary>
    public double DistanceTo(Coordinate other)
    {
        var distance = RawDistanceTo(other);
        var adjusted = distance + Adjustment + other.Adjustment;
        return adjusted > 0 ? adjusted : distance;
    }

    public double RawDistanceTo(Coordinate other) =>
        Math.Sqrt(Vec.Zip(other.Vec, (a, b) => (a - b) * (a - b)).Sum()) + Height + other.Height;

    /// <summary>The payload of an acknowledgement.</summary>
    public byte[] Write()
    {
        var writer = new ByteWriter(128);
        writer.WriteByte(Version);
        writer.WriteMapHeader(4);
        writer.WriteRaw("Adjustment"u8);
        writer.WriteDouble(Adjustment);
        writer.WriteRaw("Error"u8);
        writer.WriteDouble(Error);
        writer.WriteRaw("Height"u8);
        writer.WriteDouble(Height);
        writer.WriteRaw("Vec"u8);
        writer.WriteArrayHeader(Vec.Length);
        foreach (var value in Vec)
        {
            writer.WriteDouble(value);
        }

        return writer.ToArray();
    }

    /// <summary>Reads the payload of an acknowledgement; null when it is none or makes no sense.</summary>
    public static Coordinate? TryRead(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty || payload[0] != Version)
        {
            return null;
        }

        var reader = new MsgPackReader(payload[1..]);
        double adjustment = 0, error = 0, height = 0;
        var vec = Array.Empty<double>();
        var read = reader.TryReadMapHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var key) && key switch
            {
                _ when key.SequenceEqual("Adjustment"u8) => reader.TryReadDouble(out adjustment),
                _ when key.SequenceEqual("Error"u8) => reader.TryReadDouble(out error),
                _ when key.SequenceEqual("Height"u8) => reader.TryReadDouble(out height),
                _ when key.SequenceEqual("Vec"u8) => TryReadVec(ref reader, out vec),
                _ => reader.TrySkip(),
            };
        }

        var coordinate = new Coordinate(vec, error, adjustment, height);
        return read && coordinate.IsValid ? coordinate : null;
    }

    private static bool TryReadVec(scoped ref MsgPackReader reader, out double[] vec)
    {
        vec = new double[Dimensions];
        var read = reader.TryReadArrayHeader(out var count) && count == Dimensions;
        for (var i = 0; read && i < Dimensions; i++)
        {
            read = reader.TryReadDouble(out vec[i]);
        }

        return read;
    }
}

/// <summary>Finds this node's place from round-trip times to others.</summary>
/// <remarks>
/// Dabek et al., "Vivaldi", SIGCOMM 2004; Lee et al., "On Suitability of Euclidean Embedding for Host-Based Network Coordinate
/// Systems" (adjustment); Ledlie et al., "Network Coordinates in the Wild" (latency filter, gravity): the choices of Serf.
/// </remarks>
internal sealed class Vivaldi(Random random)
{
    private const double ErrorWeight = 0.25;
    private const double PlaceWeight = 0.25;
    private const double Gravity = 150;
    private const double Zero = 1.0e-6;
    private const int Window = 20;
    private const int FilterSize = 3;
    private const int FilterLimit = 10_000;
    private static readonly TimeSpan MaxRoundTrip = TimeSpan.FromSeconds(10);

    private readonly double[] _adjustments = new double[Window];
    private readonly Dictionary<string, Queue<double>> _latencies = new(StringComparer.Ordinal);
    private int _next;

    public Coordinate Place { get; private set; } = Coordinate.Start;

    public void Update(string node, Coordinate other, TimeSpan roundTrip)
    {
        if (roundTrip < TimeSpan.Zero || roundTrip > MaxRoundTrip)
        {
            return;
        }

        var seconds = Math.Max(Filter(node, roundTrip.TotalSeconds), Zero);
        var distance = Place.DistanceTo(other);
        var weight = Place.Error / Math.Max(Place.Error + other.Error, Zero);
        var wrongness = Math.Abs(distance - seconds) / seconds;
        var error = (ErrorWeight * weight * wrongness) + (Place.Error * (1 - (ErrorWeight * weight)));
        Place = Push(Place with { Error = Math.Min(error, Coordinate.MaxError) }, PlaceWeight * weight * (seconds - distance), other);

        _adjustments[_next] = seconds - Place.RawDistanceTo(other);
        _next = (_next + 1) % Window;
        Place = Place with { Adjustment = _adjustments.Sum() / (2.0 * Window) };

        var drift = Place.DistanceTo(Coordinate.Start) / Gravity;
        Place = Push(Place, -drift * drift, Coordinate.Start);
        Place = Place.IsValid ? Place : Coordinate.Start;
    }

    public void Forget(string node) => _latencies.Remove(node);

    // The median of the last few, so that one slow answer does not move anything.
    private double Filter(string node, double seconds)
    {
        if (!_latencies.TryGetValue(node, out var samples))
        {
            if (_latencies.Count >= FilterLimit)
            {
                _latencies.Clear();
            }

            _latencies.Add(node, samples = new Queue<double>());
        }

        samples.Enqueue(seconds);
        if (samples.Count > FilterSize)
        {
            samples.Dequeue();
        }

        return samples.Order().ElementAt(samples.Count / 2);
    }

    private Coordinate Push(Coordinate place, double force, Coordinate other)
    {
        var direction = place.Vec.Zip(other.Vec, (a, b) => a - b).ToArray();
        var distance = Math.Sqrt(direction.Sum(d => d * d));
        var length = distance;
        if (distance <= Zero)
        {
            // Two nodes at one place push each other apart in any direction.
            direction = [.. direction.Select(_ => random.NextDouble() - 0.5)];
            length = Math.Sqrt(direction.Sum(d => d * d));
        }

        var height = distance > Zero
            ? Math.Max(Coordinate.MinHeight, ((place.Height + other.Height) * force / distance) + place.Height)
            : place.Height;
        return place with { Vec = [.. place.Vec.Zip(direction, (v, d) => v + (d / length * force))], Height = height };
    }
}
