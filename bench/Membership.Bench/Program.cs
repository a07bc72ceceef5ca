using ChittyChat.Membership.Bench;
using ChittyChat.Membership.Bench.Comparison;
using ChittyChat.Membership.Bench.Fuzzing;
using ChittyChat.Membership.Bench.Scale;

// What the library is measured by; README.md beside this file says how to read the results.
try
{
    return args switch
    {
        ["--help" or "-h" or "help", ..] => Usage.Print(),
        ["node", var name, var port, .. var seeds] => await NodeProcess.RunAsync(name, Settings.Whole("port", port), seeds),
        ["full-node", var members, var metadata, "plain" or "serf"] =>
            await FullNode.RunAsync(Settings.Whole("members", members), Settings.Whole("metadata", metadata), args[^1] == "serf"),
        ["serf", .. var settings] => await SideBySide.RunAsync(Settings.Parse(settings, "members", "kills", "idle", "starve", "seed")),
        ["scale", .. var settings] => await ScaleBench.RunAsync(Settings.Parse(settings, "members", "seed")),
        ["detection", .. var settings] => DetectionBench.Run(Settings.Parse(settings, "members", "kills", "seed")),
        ["fuzz", .. var settings] => await FuzzBench.RunAsync(Settings.Parse(settings, "inputs", "seed")),
        [] => Usage.Refuse("A command is missing."),
        _ => Usage.Refuse($"There is no command '{string.Join(' ', args)}'."),
    };
}
catch (UsageException e)
{
    return Usage.Refuse(e.Message);
}
