namespace ChittyChat.Membership.Bench.Fuzzing;

internal static class FuzzBench
{
    public static Task<int> RunAsync(Settings settings) => throw new NotSupportedException();
}
