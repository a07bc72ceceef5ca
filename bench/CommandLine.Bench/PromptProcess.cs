using System.Globalization;

namespace ChittyChat.CommandLine.Bench;

/// <summary>The process that is measured: a prompt on its terminal, and a printer.</summary>
internal static class PromptProcess
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    public static async Task<int> RunAsync(int rate)
    {
        await using var prompt = new LinePrompt(new LinePromptOptions { Counter = text => $"{text.Length}/128" }, TimeProvider.System);
        prompt.Start();
        var reading = prompt.ReadLinesAsync(CancellationToken.None).GetAsyncEnumerator();
        await using (reading)
        {
            var ended = reading.MoveNextAsync().AsTask();
            await PrintAsync(prompt, rate, ended);
        }

        return 0;
    }

    // As many lines as are due since the start, so that a late timer does not lower the rate.
    private static async Task PrintAsync(LinePrompt prompt, int rate, Task ended)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Tick, TimeProvider.System);
        for (var printed = 0L; !ended.IsCompleted && await timer.WaitForNextTickAsync();)
        {
            var due = (long)(TimeProvider.System.GetElapsedTime(start).TotalSeconds * rate);
            for (; printed < due; printed++)
            {
                prompt.Write(new([
                    new($"[{printed.ToString(CultureInfo.InvariantCulture)}]", Meaning.Muted), new(" alice", Meaning.Name), new(": a message of an ordinary length, as people write them")]));
            }
        }
    }
}
