namespace ChittyChat.CommandLine;

/// <summary>What a condition of <c>wait</c> and <c>expect</c> sees.</summary>
/// <param name="IsMet">Whether it is met.</param>
/// <param name="Seen">What is the case instead, for the error: "2 members alive".</param>
public readonly record struct ConditionState(bool IsMet, string Seen)
{
    /// <summary>A state that explains itself.</summary>
    public static implicit operator ConditionState(bool isMet) => new(isMet, isMet ? "met" : "not met");
}
