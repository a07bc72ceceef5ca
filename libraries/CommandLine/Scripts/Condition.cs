using System.Reflection;
using System.Runtime.CompilerServices;

namespace ChittyChat.CommandLine;

/// <summary>A condition of <c>wait</c> and <c>expect</c>.</summary>
internal sealed class Condition(string name, Delegate handler, CommandSignature signature, Func<CancellationToken, Task>? changed)
{
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(100);

    /// <summary>Ends when the condition is met; the last of the given values is how long that may take.</summary>
    public async Task WaitAsync(object?[] given, CommandContext context, CancellationToken cancellationToken)
    {
        var patience = (TimeSpan)given[^1]!;
        using var timeout = new CancellationTokenSource(patience, context.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        ConditionState? last = null;
        try
        {
            await foreach (var state in StatesAsync(given, context, linked.Token))
            {
                last = state;
                if (state.IsMet)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CommandException(
                $"waited {Durations.Format(patience)} for {Title(context, given)}; last seen: {last?.Seen ?? "nothing"}",
                exitCode: ExitCodes.TimedOut);
        }

        throw new CommandException($"{Title(context, given)} cannot be met any more; last seen: {last?.Seen ?? "nothing"}");
    }

    /// <summary>Fails unless the condition is met now.</summary>
    public async Task ExpectAsync(object?[] given, CommandContext context, CancellationToken cancellationToken)
    {
        await foreach (var state in StatesAsync(given, context, cancellationToken))
        {
            if (!state.IsMet)
            {
                throw new CommandException($"expected {Title(context, given)}, but: {state.Seen}");
            }

            return;
        }

        throw new CommandException($"expected {Title(context, given)}, but there is nothing to see");
    }

    private static ConditionState ToState(object? result) => result switch
    {
        bool isMet => isMet,
        ConditionState state => state,
        _ => throw new InvalidOperationException($"A condition returned {result?.GetType().Name ?? "null"}, not a bool or a ConditionState."),
    };

    private async IAsyncEnumerable<ConditionState> StatesAsync(
        object?[] given, CommandContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            // Armed before the look, so that a change between the look and the wait is not missed.
            var change = changed?.Invoke(cancellationToken);
            var result = handler.Method.Invoke(
                handler.Target, BindingFlags.DoNotWrapExceptions, null, signature.Arrange(given, context, cancellationToken), null);
            switch (result)
            {
                case IAsyncEnumerable<bool> states:
                    await foreach (var state in states.WithCancellation(cancellationToken))
                    {
                        yield return state;
                    }

                    yield break;
                case IAsyncEnumerable<ConditionState> states:
                    await foreach (var state in states.WithCancellation(cancellationToken))
                    {
                        yield return state;
                    }

                    yield break;
            }

            yield return result switch
            {
                Task<bool> task => await task,
                Task<ConditionState> task => await task,
                ValueTask<bool> task => await task,
                ValueTask<ConditionState> task => await task,
                _ => ToState(result),
            };
            await (change?.WaitAsync(cancellationToken) ?? Task.Delay(PollPeriod, context.Time, cancellationToken));
        }
    }

    private string Title(CommandContext context, object?[] given)
    {
        var values = signature.Given.Select((parameter, i) => (parameter, value: given[i]))
            .Where(p => p.value is not null && !Equals(p.value, p.parameter.Default))
            .Select(p => p.parameter.IsNamed ? $"--{p.parameter.Name} {Quoting.Quote(ValueParser.Format(p.value))}" : Quoting.Quote(ValueParser.Format(p.value)));
        return string.Join(' ', [context.Command?.Name.Split(' ', 2)[1] ?? name, .. values]);
    }
}
