using System.Globalization;

namespace ChittyChat.CommandLine;

/// <summary>Durations as people write them: <c>200ms</c>, <c>5s</c>, <c>2m</c>, <c>1.5h</c>, <c>1d</c>; also <c>00:01:30</c>.</summary>
public static class Durations
{
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond), ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour), ("d", TimeSpan.TicksPerDay),
    ];

    /// <summary>Reads a duration; a number without a unit is none, because nobody knows which was meant.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var (unit, ticks) in Units)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                && decimal.TryParse(
                    text.AsSpan(0, text.Length - unit.Length),
                    NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
                    CultureInfo.InvariantCulture,
                    out var number))
            {
                var fits = Math.Abs(number) <= (decimal)long.MaxValue / ticks;
                duration = fits ? TimeSpan.FromTicks((long)Math.Round(number * ticks)) : default;
                return fits;
            }
        }

        duration = default;
        return text == "0" || (text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration));
    }

    /// <summary>Writes a duration so that <see cref="TryParse"/> reads exactly it.</summary>
    public static string Format(TimeSpan duration)
    {
        (string Unit, long Ticks)[] units =
        [
            ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
            ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond),
        ];
        if (duration == TimeSpan.Zero)
        {
            return "0s";
        }

        foreach (var (unit, ticks) in units)
        {
            if (duration.Ticks % ticks == 0)
            {
                return $"{(duration.Ticks / ticks).ToString(CultureInfo.InvariantCulture)}{unit}";
            }

            // 1.5s rather than 1500ms; a number with more digits says nothing to anybody.
            var parts = (decimal)duration.Ticks / ticks;
            if (Math.Abs(parts) >= 1 && parts * 10 == Math.Truncate(parts * 10) && unit is "s" or "ms" or "us")
            {
                return $"{parts.ToString(CultureInfo.InvariantCulture)}{unit}";
            }
        }

        return duration.ToString("c", CultureInfo.InvariantCulture);
    }

    /// <summary>Writes a duration for people, to three digits: <c>1.23s</c>, <c>12.3ms</c>, <c>2h05m</c>.</summary>
    public static string Round(TimeSpan duration)
    {
        var absolute = duration.Duration();
        var (whole, parts, small) = absolute.TotalMinutes < 1 ? (0, 0, "") : absolute.TotalHours < 1 ? (absolute.Minutes, absolute.Seconds, "m|s")
            : absolute.TotalDays < 1 ? (absolute.Hours, absolute.Minutes, "h|m") : (absolute.Days, absolute.Hours, "d|h");
        var sign = duration < TimeSpan.Zero ? "-" : "";
        if (small.Length > 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{whole}{small[0]}{parts:00}{small[2]}");
        }

        var (number, unit) = absolute.TotalSeconds >= 1 ? (absolute.TotalSeconds, "s")
            : absolute.TotalMilliseconds >= 1 ? (absolute.TotalMilliseconds, "ms")
            : (absolute.TotalMicroseconds, "us");
        var format = number >= 100 ? "0" : number >= 10 ? "0.#" : "0.##";
        return absolute == TimeSpan.Zero ? "0s" : sign + number.ToString(format, CultureInfo.InvariantCulture) + unit;
    }
}
