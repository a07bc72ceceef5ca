using System.ComponentModel.DataAnnotations;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Control;
using ChittyChat.Peer.Lifecycle;

namespace ChittyChat.Peer.Commands;

/// <summary>The life of this peer's process.</summary>
[CommandGroup("peer", "the life of this peer")]
internal sealed class LifeCommands(PeerLifecycle lifecycle, CrashSwitch crash, PauseSwitch pause, IHostApplicationLifetime host) : ICommandSet
{
    public void Register(CommandRegistry registry) => registry.RegisterFrom(this);

    [Command("quit", "Leave the chat and end this peer", Aliases = ["exit"], IsLocal = true)]
    [Example("/quit", "says goodbye first; so do Ctrl-D and SIGTERM")]
    public void Quit() => host.StopApplication();

    [Command("leave", "Leave the chat and the cluster with a goodbye; the process lives on, and its prompt too")]
    [Example("/leave", "then /rejoin")]
    public Task LeaveAsync(CancellationToken cancellationToken) => CommandErrors.ExplainedAsync(() => lifecycle.LeaveAsync(cancellationToken));

    [Command("rejoin", "Come back after /leave, as a new session")]
    [Example("/rejoin", "to the members of before, or those that the services know now")]
    public Task RejoinAsync(CancellationToken cancellationToken) => CommandErrors.ExplainedAsync(() => lifecycle.RejoinAsync(cancellationToken));

    [Command("crash", "End this process at once, as if its machine had lost power: no goodbye")]
    [Example("/crash", "the others find out by themselves")]
    public void Crash() => crash.Pull();

    [Command("pause", "Let the whole process hang for a while, as a frozen machine does, and then go on")]
    [Example("/pause 5s", "long enough, and the others declare this peer dead")]
    public Task<string> PauseAsync(
        CommandContext context, [Argument("time", "How long", Default = "10s")][Range(typeof(TimeSpan), "100ms", "1h")] TimeSpan duration)
    {
        if (pause.Obstacle is { } obstacle)
        {
            throw new CommandException(obstacle);
        }

        context.Write(new StyledText($"hangs for {duration.TotalSeconds:0.###} s; in a shell with job control, fg brings it back to the foreground", Meaning.Muted));
        return pause.PullAsync(duration);
    }
}
