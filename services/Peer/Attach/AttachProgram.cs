using System.Runtime.InteropServices;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Prompt;

namespace ChittyChat.Peer.Attach;

/// <summary>The program <c>attach</c>: from the arguments to the exit code. No peer runs in it.</summary>
internal static class AttachProgram
{
    /// <summary>The first argument, which chooses it.</summary>
    public const string Name = "attach";

    public static async Task<int> RunAsync(string[] arguments, PeerConsole console, Random random, TimeProvider time)
    {
        var (options, exitCode) = AttachCommandLine.Read(
            arguments, Environment.GetEnvironmentVariable(AttachCommandLine.TokenVariable), console.OutputWriter, console.Error);
        if (options is null)
        {
            return exitCode;
        }

        using var ending = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var peer = new RemotePeer(options.Address, options.Token, time);
        try
        {
            return console.CanEdit && !options.IsPlain
                ? await new AttachedTerminal(peer, console, random, time).RunAsync(ending.Token)
                : await new AttachedPipe(peer, console).RunAsync(ending.Token);
        }
        catch (AttachException e)
        {
            await console.Error.WriteLineAsync(e.Message);
            return e.ExitCode;
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return ExitCodes.Cancelled;
        }

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            ending.Cancel();
        }
    }
}
