using System.Diagnostics;
using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>One command of the system's shell, from start to end.</summary>
internal sealed class ShellRun(string command, TimeSpan timeout, CommandContext context)
{
    private const int MaxLines = 10_000;
    private const int MaxLineLength = 10_000;

    // What a command left running in the background may hold the pipes open for longer than anybody wants to wait.
    private static readonly TimeSpan PipeGrace = TimeSpan.FromMilliseconds(500);

    private readonly List<string> _lines = [];
    private readonly List<string> _errorLines = [];
    private int _count;

    /// <summary>Runs it, and writes its lines as they come; with <c>--json</c> they are in the result instead.</summary>
    public async Task<ShellResult> RunAsync(CancellationToken cancellationToken)
    {
        using var process = Start();
        using var expiry = new CancellationTokenSource(timeout, context.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, cancellationToken);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(linked.Token);
        var output = ReadAsync(process.StandardOutput, line => Write(line, isError: false), reading.Token);
        var errors = ReadAsync(process.StandardError, line => Write(line, isError: true), reading.Token);
        try
        {
            await process.WaitForExitAsync(linked.Token);
            await Task.WhenAll(output, errors).WaitAsync(PipeGrace, context.Time, linked.Token);
        }
        catch (TimeoutException)
        {
            // Somebody it started lives on and holds its pipes; what that one writes is not part of this command.
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            cancellationToken.ThrowIfCancellationRequested();
            throw new CommandException($"{command}: killed after {Durations.Format(timeout)}", "--timeout allows more.", ExitCodes.TimedOut);
        }
        finally
        {
            await reading.CancelAsync();
            await Task.WhenAll(output, errors).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return new(process.ExitCode, _lines, _errorLines, _count > MaxLines);
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended by itself in the meantime.
        }
    }

    private static async Task ReadAsync(StreamReader reader, Action<string> write, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer, cancellationToken)) > 0)
        {
            foreach (var c in buffer.AsSpan(0, count))
            {
                if (c == '\n')
                {
                    write(line.ToString().TrimEnd('\r'));
                    line.Clear();
                }
                else if (line.Length < MaxLineLength)
                {
                    line.Append(c);
                }
            }
        }

        if (line.Length > 0)
        {
            write(line.ToString());
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(OperatingSystem.IsWindows() ? "cmd.exe" : "/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(OperatingSystem.IsWindows() ? "/c" : "-c");
        start.ArgumentList.Add(command);
        foreach (var (name, value) in context.Variables.All)
        {
            start.Environment[name] = value.Replace("\0", "", StringComparison.Ordinal);
        }

        try
        {
            var process = Process.Start(start)!;

            // The line being typed belongs to the prompt: a command that reads finds its input at the end.
            process.StandardInput.Close();
            return process;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new CommandException($"the shell {start.FileName} cannot be started: {e.Message}");
        }
    }

    private void Write(string line, bool isError)
    {
        var number = Interlocked.Increment(ref _count);
        if (number > MaxLines)
        {
            if (number == MaxLines + 1 && !context.Json)
            {
                context.Output.WriteError(new StyledText($"… only the first {MaxLines} lines are shown", Meaning.Warning));
            }
        }
        else if (context.Json)
        {
            (isError ? _errorLines : _lines).Add(line);
        }
        else if (isError)
        {
            context.Output.WriteError(new StyledText(line, Meaning.Warning));
        }
        else
        {
            context.Output.Write(line);
        }
    }
}

/// <summary>How a command of the system's shell ended.</summary>
internal sealed record ShellResult(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors, bool IsCut);
