namespace ChittyChat.TestServer.Runs;

/// <summary>Times as scripts write them.</summary>
internal static class Durations
{
    public static string Text(TimeSpan time) => time < TimeSpan.FromSeconds(1)
        ? FormattableString.Invariant($"{time.TotalMilliseconds:0.###}ms")
        : FormattableString.Invariant($"{time.TotalSeconds:0.###}s");
}
