using ChittyChat.Chat.Bench;

// Measures the chat between processes over real sockets: docs in README.md beside this file.
return args switch
{
    ["receivers", var count, var directory] => await ReceiversProcess.RunAsync(int.Parse(count, null), directory),
    ["publisher"] => await PublisherProcess.RunAsync(),
    _ => await Coordinator.RunAsync(args),
};
