using System.Reflection;

namespace ChittyChat.CommandLine;

/// <summary>Finds the values of a parameter: of its enum, of the host's providers, of the file system.</summary>
internal sealed class ValueCandidates(CommandInterpreter interpreter)
{
    /// <summary>The name under which a parameter takes a whole line.</summary>
    public const string Line = "line";

    /// <summary>Gives what fits a parameter.</summary>
    /// <param name="command">Whose parameter it is.</param>
    /// <param name="parameter">The parameter.</param>
    /// <param name="typed">What was typed of it so far; only paths need it.</param>
    /// <param name="cancellationToken">Cancelled when the answer is not wanted any more.</param>
    public async ValueTask<IEnumerable<Candidate>> OfAsync(
        Command command, CommandParameter parameter, string typed, CancellationToken cancellationToken)
    {
        if (parameter.Values.Length > 0)
        {
            return parameter.Values.Select(value => new Candidate(value));
        }

        if (parameter.ElementType == typeof(FileInfo) || parameter.ElementType == typeof(DirectoryInfo))
        {
            return Paths(typed, directoriesOnly: parameter.ElementType == typeof(DirectoryInfo));
        }

        if (parameter.ElementType == typeof(bool) && parameter.Kind != ParameterKind.Flag)
        {
            return [new("on"), new("off")];
        }

        if (parameter.Completions is { } method && Method(command, method) is { } found)
        {
            return await CallAsync(found, command.Target, cancellationToken);
        }

        return (parameter.Completions ?? parameter.Name) switch
        {
            var name when interpreter.Registry.FindValues(name) is { } provider => await provider(cancellationToken),
            "command" => interpreter.Registry.Names.Select(entry => new Candidate(entry.Key, entry.Value.Description)),
            "variable" => interpreter.Variables.All.Select(variable => new Candidate(variable.Key, variable.Value)),
            "file" => Paths(typed, directoriesOnly: false),
            _ => [],
        };
    }

    private static MethodInfo? Method(Command command, string name) => command.TargetType?.GetMethods(
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance)
        .FirstOrDefault(m => m.Name == name && (m.IsStatic || command.Target is not null)
            && m.GetParameters().All(p => p.ParameterType == typeof(CancellationToken)));

    private static async ValueTask<IEnumerable<Candidate>> CallAsync(MethodInfo method, object? target, CancellationToken cancellationToken)
    {
        var arguments = method.GetParameters().Select(_ => (object?)cancellationToken).ToArray();
        return method.Invoke(method.IsStatic ? null : target, BindingFlags.DoNotWrapExceptions, null, arguments, null) switch
        {
            IEnumerable<Candidate> candidates => candidates,
            IEnumerable<string> texts => texts.Select(text => new Candidate(text)),
            Task<IEnumerable<Candidate>> task => await task,
            Task<IEnumerable<string>> task => (await task).Select(text => new Candidate(text)),
            ValueTask<IEnumerable<Candidate>> task => await task,
            ValueTask<IEnumerable<string>> task => (await task).Select(text => new Candidate(text)),
            var other => throw new InvalidOperationException($"{method.Name} returns {other?.GetType().Name ?? "null"}, not strings or candidates."),
        };
    }

    private static List<Candidate> Paths(string typed, bool directoriesOnly)
    {
        var slash = typed.LastIndexOf('/');
        var prefix = typed[..(slash + 1)];
        var directory = new DirectoryInfo(prefix.Length == 0 ? "." : HomePath.Expand(prefix));
        if (!directory.Exists)
        {
            return [];
        }

        // Hidden files only for those who ask for them.
        var showHidden = typed[(slash + 1)..].StartsWith('.');
        return [.. directory
            .EnumerateFileSystemInfos("*", new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = default })
            .Where(info => (showHidden || !info.Name.StartsWith('.')) && (!directoriesOnly || info is DirectoryInfo))
            .OrderBy(info => info.Name, StringComparer.Ordinal)
            .Select(info => info is DirectoryInfo
                ? new Candidate($"{prefix}{info.Name}/", "directory", IsWhole: false)
                : new Candidate(prefix + info.Name, Size(((FileInfo)info).Length)))];
    }

    private static string Size(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => $"{bytes / 1024} KiB",
        _ => $"{bytes / (1024 * 1024)} MiB",
    };
}
