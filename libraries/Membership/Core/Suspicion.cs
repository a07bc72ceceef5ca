namespace ChittyChat.Membership.Core;

/// <summary>
/// A running suspicion. Confirmations by different members shorten it (Lifeguard's dynamic suspicion); the first accuser does
/// not count as one.
/// </summary>
internal sealed class Suspicion
{
    private readonly List<string> _from;
    private readonly int _wanted;
    private readonly TimeSpan _min;
    private readonly TimeSpan _max;

    public Suspicion(Node accused, string from, int wanted, TimeSpan min, TimeSpan max, TimeSpan now)
    {
        Accused = accused;
        _from = [from];
        _wanted = wanted;
        _min = min;
        _max = max;
        Started = now;
    }

    public Node Accused { get; }

    public TimeSpan Started { get; }

    public int Confirmations => _from.Count - 1;

    /// <summary>Whether as many others as are wanted have confirmed it.</summary>
    public bool IsConfirmed => Confirmations >= _wanted;

    /// <summary>When the member is declared dead.</summary>
    public TimeSpan Due => Started + Formulas.SuspicionTimeout(Confirmations, _wanted, _min, _max);

    /// <summary>Counts an accuser; false if it is not a new one, or enough have spoken.</summary>
    public bool Confirm(string from)
    {
        if (Confirmations >= _wanted || _from.Contains(from))
        {
            return false;
        }

        _from.Add(from);
        return true;
    }
}
