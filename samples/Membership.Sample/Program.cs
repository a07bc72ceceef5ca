using ChittyChat.Membership;

var options = MembershipOptions.Lan();                // or Wan(), Local()
options.Name = args[0];
options.Metadata = MemberTags.Encode([new("role", "chat")]);

await using var node = await MembershipNode.StartAsync(options);
Console.WriteLine($"{node.Self.Name} listens on {node.Self.Address}");
if (args.Length > 1)
{
    await node.JoinAsync([args[1]]);                  // host:port of any member
}

await foreach (var change in node.WatchAsync())
{
    Console.WriteLine($"{change.Kind}: {change.Member} {change.Reason} {change.From}");
}
