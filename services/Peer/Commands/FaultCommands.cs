using System.ComponentModel.DataAnnotations;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Faults;
using ChittyChat.Peer.Lifecycle;

namespace ChittyChat.Peer.Commands;

/// <summary>A network that is faulty on purpose.</summary>
[CommandGroup("faults", "a network that is faulty on purpose: gossip, chat links and calls between this peer and others")]
internal sealed class FaultCommands(FaultInjector faults, PeerLifecycle lifecycle) : ICommandSet
{
    /// <summary>Which way nothing passes.</summary>
    internal enum CutDirection
    {
        Both,
        Out,
        In,
    }

    public void Register(CommandRegistry registry)
    {
        registry.RegisterFrom(this);
        registry.ProvideValues("target", () =>
        [
            .. lifecycle.View is { } view ? view.Members.Where(m => m.Name != view.Self.Name).Select(m => new Candidate(m.Name, m.State.ToString().ToLowerInvariant())) : [],
            new Candidate(FaultInjector.Everybody, "all members"),
        ]);
    }

    [Command("fault cut", "Cut the network to a member; it has no way of knowing why")]
    [Example("/fault cut bob", "nothing passes either way")]
    [Example("/fault cut * --direction out", "this peer hears, but is not heard")]
    public IReadOnlyList<FaultRow> Cut(
        [Argument("target", "A member, or * for all")] string target, [Option("--direction", "Which way nothing passes, seen from here")] CutDirection direction = CutDirection.Both)
    {
        faults.Cut(Check(target), direction switch
        {
            CutDirection.Out => FaultDirections.Out,
            CutDirection.In => FaultDirections.In,
            _ => FaultDirections.Both,
        });
        return List();
    }

    [Command("fault delay", "Make everything to and from a member take longer, each way; order is kept on chat links")]
    [Example("/fault delay bob 100ms --jitter 20ms", "80 to 120 ms each way")]
    public IReadOnlyList<FaultRow> Delay(
        [Argument("target", "A member, or * for all")] string target,
        [Argument("delay", "How much longer")][Range(typeof(TimeSpan), "0s", "60s")] TimeSpan delay,
        [Option("--jitter", "How far it may be off, up or down")] TimeSpan jitter = default)
    {
        if (jitter > delay)
        {
            throw new CommandException("the jitter is greater than the delay", "Nothing can arrive before it was sent: make the delay greater.", ExitCodes.Usage);
        }

        faults.Delay(Check(target), delay, jitter);
        return List();
    }

    [Command("fault drop", "Lose a part of everything to and from a member; chat links, like TCP, send again what is lost, later")]
    [Example("/fault drop bob 20", "every fifth datagram of the gossip")]
    public IReadOnlyList<FaultRow> Drop(
        [Argument("target", "A member, or * for all")] string target, [Argument("percent", "How much is lost")][Range(0.0, 100.0)] double percent)
    {
        faults.Lose(Check(target), percent / 100);
        return List();
    }

    [Command("fault heal", "End the faults to a member, or all of them")]
    [Example("/fault heal", "everything works again")]
    public IReadOnlyList<FaultRow> Heal([Argument("target", "A member; without it all faults end")] string? target = null)
    {
        if (target is null)
        {
            faults.HealAll();
        }
        else if (!faults.Heal(target))
        {
            throw new CommandException(
                $"there are no faults to {target}", faults.Current.IsEmpty ? "There are none at all." : $"There are faults to {string.Join(", ", faults.Current.Keys)}.");
        }

        return List();
    }

    [Command("fault list", "List the faults in force", Aliases = ["faults"])]
    [Example("/fault list", "by member; * is all members")]
    public IReadOnlyList<FaultRow> List() => [.. faults.Current.Select(fault => new FaultRow(fault.Key, fault.Value.ToString()))];

    private string Check(string target)
    {
        if (target == FaultInjector.Everybody || faults.Current.ContainsKey(target))
        {
            return target;
        }

        if (lifecycle.RequireMember(target).Name == lifecycle.RequireView().Self.Name)
        {
            throw new CommandException("this peer needs no network to itself", "Name another member, or * for all.", ExitCodes.Usage);
        }

        return target;
    }

    /// <summary>The faults to a member.</summary>
    internal sealed record FaultRow(string Target, string Faults);
}
