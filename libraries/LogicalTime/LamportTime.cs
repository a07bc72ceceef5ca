namespace ChittyChat.LogicalTime;

/// <summary>
/// A Lamport time: if event <c>a</c> happened before event <c>b</c>, the time of <c>a</c> is less than the time of <c>b</c>.
/// The reverse does not hold.
/// </summary>
/// <param name="Value">The number of the tick; 0 stands before any event.</param>
/// <remarks>L. Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 21(7), 1978, rules IR1 and IR2.</remarks>
public readonly record struct LamportTime(ulong Value) : IComparable<LamportTime>
{
    /// <summary>The time before any event.</summary>
    public static LamportTime Zero => default;

    /// <summary>The time of the next event of the same process (rule IR1).</summary>
    /// <exception cref="OverflowException">The time is <see cref="ulong.MaxValue"/>.</exception>
    public LamportTime Tick() => new(checked(Value + 1));

    /// <summary>The time of receiving a message that was sent at <paramref name="seen"/> (rule IR2): one more than the greater of both.</summary>
    /// <exception cref="OverflowException">The greater of both is <see cref="ulong.MaxValue"/>.</exception>
    public LamportTime Witness(LamportTime seen) => new(checked(Math.Max(Value, seen.Value) + 1));

    /// <inheritdoc/>
    public int CompareTo(LamportTime other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> is earlier than <paramref name="right"/>.</summary>
    public static bool operator <(LamportTime left, LamportTime right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> is later than <paramref name="right"/>.</summary>
    public static bool operator >(LamportTime left, LamportTime right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> is not later than <paramref name="right"/>.</summary>
    public static bool operator <=(LamportTime left, LamportTime right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> is not earlier than <paramref name="right"/>.</summary>
    public static bool operator >=(LamportTime left, LamportTime right) => left.Value >= right.Value;

    /// <summary>The number alone, in the invariant culture.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
