using ChittyChat.TestServer.Commands;

return await TestCommandLine.RunAsync(args, Console.Out, Console.Error, CancellationToken.None);
