using System.Globalization;

namespace ChittyChat.CommandLine.TestProgram;

internal static class Commands
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    private static Task _printing = Task.CompletedTask;

    public static async Task RunAsync(LinePrompt prompt, string line, CancellationToken cancellationToken)
    {
        switch (line.Split(' '))
        {
            case ["/print", var count]:
                _printing = PrintAsync(prompt, int.Parse(count, CultureInfo.InvariantCulture));
                break;
            case ["/wait"]:
                await WaitAsync(prompt, cancellationToken);
                break;
            case ["/throw"]:
                throw new InvalidOperationException("Thrown on purpose.");
            default:
                prompt.Write(new([new("got ", Meaning.Muted), new(DisplayText.Harmless(line))]));
                break;
        }
    }

    private static async Task PrintAsync(LinePrompt prompt, int count)
    {
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        for (var i = 1; i <= count; i++)
        {
            await timer.WaitForNextTickAsync();
            prompt.Write(new([new("message ", Meaning.Success), new(i.ToString(CultureInfo.InvariantCulture))]));
        }
    }

    private static async Task WaitAsync(LinePrompt prompt, CancellationToken cancellationToken)
    {
        prompt.Write("waiting");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            prompt.Write("cancelled");
        }
    }
}
