using System.Globalization;

namespace ChittyChat.Membership;

/// <summary>
/// The version of what a member says about itself. Only the member raises it, to refute what others say about it or to
/// announce new metadata; of two statements about a member the one with the higher incarnation holds.
/// </summary>
/// <param name="Value">Starts at 1; 0 stands before any statement.</param>
/// <remarks>Das, Gupta, Motivala, "SWIM", DSN 2002, section 4.2.</remarks>
public readonly record struct Incarnation(uint Value) : IComparable<Incarnation>
{
    /// <summary>The incarnation after this one.</summary>
    /// <exception cref="OverflowException">This is the last incarnation, 2^32 - 1.</exception>
    public Incarnation Next() => new(checked(Value + 1));

    /// <inheritdoc/>
    public int CompareTo(Incarnation other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> is older than <paramref name="right"/>.</summary>
    public static bool operator <(Incarnation left, Incarnation right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> is newer than <paramref name="right"/>.</summary>
    public static bool operator >(Incarnation left, Incarnation right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> is not newer than <paramref name="right"/>.</summary>
    public static bool operator <=(Incarnation left, Incarnation right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> is not older than <paramref name="right"/>.</summary>
    public static bool operator >=(Incarnation left, Incarnation right) => left.Value >= right.Value;

    /// <summary>The number alone, in the invariant culture.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
