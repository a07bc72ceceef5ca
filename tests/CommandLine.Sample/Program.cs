using ChittyChat.CommandLine;

var members = new List<string> { "ann", "bob" };
var registry = new CommandRegistry();
registry.AddStandardCommands();
registry.ProvideValues("member", () => members.Select(member => new Candidate(member)));
registry.Register("members", "List the members", () => members);
registry.Register("invite", "Make somebody a member", (string name) => members.Add(name));
registry.Register("ping", "Say hello to a member", (string member, int count = 1) => members.Contains(member)
    ? $"{member}: {count} x pong" : throw new CommandException($"nobody is called {member}", "/members lists them."));
registry.Condition("members", "so many are members", (int count) => members.Count >= count);
var interpreter = new CommandInterpreter(registry) { Text = (text, context, token) => Task.Run(() => context.Write($"you said: {text}"), token) };
return LinePrompt.CanEdit
    ? await new TerminalFrontEnd(interpreter).RunAsync()
    : await new PlainFrontEnd(interpreter).RunAsync(Console.In, Console.Out, Console.Error);
