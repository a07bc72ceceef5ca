using ChittyChat.Bootstrap;

return await BootstrapApp.RunAsync(args);
