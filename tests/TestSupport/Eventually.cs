namespace ChittyChat.TestSupport;

/// <summary>
/// Waits for what must happen by itself. A test that passes never waits for <see cref="Limit"/>: how fast the machine is decides
/// only how soon a failure is reported, never whether there is one.
/// </summary>
public static class Eventually
{
    /// <summary>How long anything may take before the test fails and says what was missing.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Awaits <paramref name="task"/>; when it does not end, fails with <paramref name="what"/> was to come.</summary>
    public static async Task ComesAsync(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(Limit);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            Assert.Fail($"Not within {Limit.TotalSeconds} s: {what}.");
        }
    }

    /// <inheritdoc cref="ComesAsync(Task, string)"/>
    public static async Task<T> ComesAsync<T>(this Task<T> task, string what)
    {
        await ComesAsync((Task)task, what);
        return await task;
    }

    /// <summary>Asks again and again until <paramref name="condition"/> holds.</summary>
    public static Task HoldsAsync(string what, Func<bool> condition) =>
        HoldsAsync(what, () => Task.FromResult(condition()), holds => holds, holds => $"{holds}");

    /// <summary>Asks again and again until the answer is as it should be, and gives it. An exception is an answer that is not.</summary>
    /// <param name="what">What is to hold, for the message.</param>
    /// <param name="ask">Gives the answer of this moment.</param>
    /// <param name="condition">Whether the answer is as it should be.</param>
    /// <param name="describe">The answer, for the message.</param>
    public static async Task<T> HoldsAsync<T>(string what, Func<Task<T>> ask, Func<T, bool> condition, Func<T, string> describe)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        while (true)
        {
            string seen;
            // Looked at before asking: however late this comes to run, the newest answer counts.
            var isLast = limit.IsCancellationRequested;
            try
            {
                var answer = await ask();
                if (condition(answer))
                {
                    return answer;
                }

                seen = describe(answer);
            }
            catch (Exception failure)
            {
                seen = failure.Message;
            }

            if (isLast)
            {
                Assert.Fail($"Not within {Limit.TotalSeconds} s: {what}. Last seen:\n{seen}");
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
