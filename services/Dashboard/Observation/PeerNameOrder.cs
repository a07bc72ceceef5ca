namespace ChittyChat.Dashboard.Observation;

/// <summary>Orders names so that peer-2 comes before peer-10.</summary>
internal sealed class PeerNameOrder : IComparer<string>
{
    public static readonly PeerNameOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        var (left, right) = (x ?? "", y ?? "");
        var byStem = left.AsSpan().TrimEnd("0123456789").SequenceCompareTo(right.AsSpan().TrimEnd("0123456789"));
        if (byStem != 0)
        {
            return byStem;
        }

        var byLength = left.Length.CompareTo(right.Length);
        return byLength != 0 ? byLength : string.CompareOrdinal(left, right);
    }
}
