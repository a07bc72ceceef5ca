using System.Reflection;
using System.Text.Json;

namespace ChittyChat.CommandLine;

/// <summary>Writes what commands return: as text, or as one JSON document on one line.</summary>
internal sealed class ResultWriter(JsonSerializerOptions json)
{
    private static readonly MethodInfo Stream = typeof(ResultWriter).GetMethod(nameof(WriteStreamAsync), BindingFlags.NonPublic | BindingFlags.Instance)!;

    /// <summary>Awaits what a handler returned, and writes the result.</summary>
    public async Task WriteAsync(object? returned, Execution execution, CancellationToken cancellationToken)
    {
        switch (returned)
        {
            case null:
                return;
            case Task task:
                await task;
                await WriteAsync(ResultOf(task), execution, cancellationToken);
                return;
            case ValueTask task:
                await task;
                return;
        }

        var type = returned.GetType();
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>))
        {
            await WriteAsync(type.GetMethod(nameof(ValueTask<>.AsTask))!.Invoke(returned, null), execution, cancellationToken);
            return;
        }

        if (Array.Find(type.GetInterfaces(), i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>)) is { } stream)
        {
            await (Task)Stream.MakeGenericMethod(stream.GetGenericArguments()).Invoke(this, [returned, execution, cancellationToken])!;
            return;
        }

        Write(returned, execution);
    }

    /// <summary>Writes a result that is at hand.</summary>
    public void Write(object? result, Execution execution)
    {
        if (result is null)
        {
            return;
        }

        if (execution.Json)
        {
            execution.Output.Write(JsonSerializer.Serialize(result, result.GetType(), json));
            return;
        }

        foreach (var line in ResultText.Lines(result, execution.Output.Width))
        {
            execution.Output.Write(line);
        }
    }

    private static object? ResultOf(Task task)
    {
        // An async method without a result returns a Task<VoidTaskResult> in disguise.
        var result = task.GetType().GetProperty(nameof(Task<>.Result));
        return result is null || result.PropertyType.Name == "VoidTaskResult" ? null : result.GetValue(task);
    }

    private async Task WriteStreamAsync<T>(IAsyncEnumerable<T> items, Execution execution, CancellationToken cancellationToken)
    {
        await foreach (var item in items.WithCancellation(cancellationToken))
        {
            if (execution.Json || item is string or StyledText or null)
            {
                Write(item, execution);
            }
            else
            {
                execution.Output.Write(ResultText.OneLine(item));
            }
        }
    }
}
