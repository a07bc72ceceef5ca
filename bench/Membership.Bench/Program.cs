using ChittyChat.Membership.Bench;
using ChittyChat.Membership.Bench.Comparison;
using ChittyChat.Membership.Bench.Fuzzing;
using ChittyChat.Membership.Bench.Scale;

// What the library is measured by; README.md beside this file says how to read the results.
return args switch
{
    ["node", var name, var port, .. var seeds] => await NodeProcess.RunAsync(name, int.Parse(port, null), seeds),
    ["full-node", var members, var metadata, var kind] => await FullNode.RunAsync(int.Parse(members, null), int.Parse(metadata, null), kind == "serf"),
    ["serf", .. var settings] => await SideBySide.RunAsync(Settings.Parse(settings)),
    ["scale", .. var settings] => await ScaleBench.RunAsync(Settings.Parse(settings)),
    ["fuzz", .. var settings] => await FuzzBench.RunAsync(Settings.Parse(settings)),
    _ => Usage.Print(),
};
