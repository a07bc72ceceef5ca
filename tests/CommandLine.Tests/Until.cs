namespace ChittyChat.CommandLine.Tests;

/// <summary>Waits for something that another thread does.</summary>
internal static class Until
{
    /// <summary>Ends when a condition holds; fails after 30 s with what was missing.</summary>
    public static async Task True(Func<bool> condition, string what)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, $"waited in vain until {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}
