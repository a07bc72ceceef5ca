using ChittyChat.AppHost;

if (!AppHostOptions.TryRead(args, out var options, out var exitCode))
{
    return exitCode;
}

var backend = await RedisBackend.ChooseAsync(options.Redis);
backend.Announce();
if (backend.Kind is not { } redisKind)
{
    return 1;
}

var builder = DistributedApplication.CreateBuilder(args);
var tokens = new ControlTokens();

var redis = builder.AddRedisBackend(redisKind);

var registry = builder.AddService<Projects.Registry>("registry")
    .WithGrpcEndpoint()
    .WithRedis(redis);

var bootstrap = builder.AddService<Projects.Bootstrap>("bootstrap")
    .WithEnvironment("Bootstrap__AdminToken", tokens.Admin)
    .WithRedis(redis);

var tests = builder.AddTestServer("testserver");

var peers = builder.AddPeers("peers");
for (var number = 1; number <= options.Peers + options.Spare; number++)
{
    var name = $"peer-{number}";
    var peer = builder.AddService<Projects.Peer>(name)
        .WithGrpcEndpoint()
        .WithArgs("--name", name)
        .WithReference(bootstrap).WaitFor(bootstrap)
        .WithReference(registry).WaitFor(registry)
        .WithReference(tests)
        .WithAttachCommand(tokens.Console)
        .WithCrashCommand(tokens.Control)
        .WithLinksToAspireDashboard()
        .ChildOf(peers);
    if (number > options.Peers)
    {
        peer.WithExplicitStart();
    }
}

builder.AddService<Projects.Dashboard>("dashboard")
    .WithReference(registry).WaitFor(registry)
    .WithEnvironment("Console__Token", tokens.Console)
    .WithLinksToAspireDashboard()
    .WithUrlForEndpoint("http", url => url.DisplayText = "The lab's web page")
    .AnnounceWhenReady("The lab's web page");

await builder.Build().RunAsync();
return 0;
