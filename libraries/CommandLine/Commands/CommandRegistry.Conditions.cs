using System.ComponentModel.DataAnnotations;

namespace ChittyChat.CommandLine;

public sealed partial class CommandRegistry
{
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Makes a condition: the commands <c>/wait name …</c>, which waits until it is met, and <c>/expect name …</c>, which fails unless it is met now.
    /// </summary>
    /// <param name="name">The name after wait and expect.</param>
    /// <param name="description">When it is met, as it goes on after "wait until": "so many members are alive".</param>
    /// <param name="handler">
    /// Has the parameters of the condition, as a command's handler has, and returns <see cref="bool"/> or <see cref="ConditionState"/>, also as a task: what is
    /// the case now. Or it returns an <see cref="IAsyncEnumerable{T}"/> of one of them, whose first item is what is the case now, and the next ones what it
    /// becomes; then <c>wait</c> looks at nothing else.
    /// </param>
    /// <param name="changed">
    /// For a handler that returns what is the case now: gives a task that ends when that may have changed. It is called before the handler, so that no
    /// change is missed. Without it <c>wait</c> looks again every 100 ms.
    /// </param>
    /// <param name="group">The heading that wait and expect stand under.</param>
    /// <exception cref="ArgumentException">The name is taken or is no name, or a parameter cannot be read from text.</exception>
    public void Condition(string name, string description, Delegate handler, Func<CancellationToken, Task>? changed = null, string group = "script")
    {
        ArgumentNullException.ThrowIfNull(handler);
        CommandSignature signature;
        try
        {
            signature = CommandSignature.Of(handler.Method);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"condition {name}: {e.Message}", e);
        }

        var condition = new Condition(name, handler, signature, changed);
        var timeout = new CommandParameter("timeout", "How long to wait", ParameterKind.Option, typeof(TimeSpan))
        {
            Default = DefaultPatience,
            Range = new RangeAttribute(typeof(TimeSpan), "0s", "24h"),
        };
        Add(
            new Command($"wait {name}", $"Wait until {description}", [.. signature.Given, timeout], condition.WaitAsync)
            {
                Group = group,
                Target = handler.Target,
                TargetType = handler.Method.DeclaringType,
            },
            new Command($"expect {name}", $"Fail unless {description}", signature.Given, condition.ExpectAsync)
            {
                Group = group,
                Target = handler.Target,
                TargetType = handler.Method.DeclaringType,
            });
    }
}
