using Microsoft.Extensions.DependencyInjection;

namespace ChittyChat.AppHost;

/// <summary>The commands of the Aspire dashboard that change who takes part in the chat.</summary>
internal static class PeersExtensions
{
    // A peer says goodbye and ends within seconds; one that is killed is gone at once.
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(10);

    /// <summary>Adds the parent of all peers, with the commands to add and to remove one.</summary>
    public static IResourceBuilder<PeersResource> AddPeers(this IDistributedApplicationBuilder builder, string name)
    {
        var peers = new PeersResource(name);
        return builder.AddResource(peers)
            .WithInitialState(new CustomResourceSnapshot
            {
                ResourceType = "Peers",
                State = KnownResourceStates.Running,
                Properties = [],
            })
            .WithCommand("add-peer", "Add peer", context => AddPeerAsync(peers, context), new CommandOptions
            {
                Description = "Starts the next peer that does not run.",
                IconName = "PersonAdd",
                IsHighlighted = true,
            })
            .WithCommand("remove-peer", "Remove peer", context => RemovePeerAsync(peers, context), new CommandOptions
            {
                Description = "Stops the last peer that runs; it says goodbye.",
                IconName = "PersonDelete",
                IsHighlighted = true,
            });
    }

    /// <summary>Makes a peer one of <paramref name="peers"/>.</summary>
    public static IResourceBuilder<ProjectResource> ChildOf(this IResourceBuilder<ProjectResource> peer, IResourceBuilder<PeersResource> peers)
    {
        peers.Resource.Members.Add(peer.Resource);
        return peer.WithParentRelationship(peers);
    }

    /// <summary>Adds the command that lets the peer kill itself, so that the others have to find out.</summary>
    public static IResourceBuilder<ProjectResource> WithCrashCommand(this IResourceBuilder<ProjectResource> peer, string token) =>
        peer.WithEnvironment("Control__Token", token)
            .WithCommand("crash", "Crash", context => CrashAsync(peer, token, context), new CommandOptions
            {
                Description = "Kills the process with SIGKILL: no goodbye, the other peers have to notice.",
                ConfirmationMessage = $"Kill {peer.Resource.Name} without a goodbye?",
                IconName = "Flash",
                UpdateState = ServiceExtensions.WhenRunning,
            });

    /// <summary>Lets others attach to the peer's prompt, and adds the command that shows them how.</summary>
    public static IResourceBuilder<ProjectResource> WithAttachCommand(this IResourceBuilder<ProjectResource> peer, string token) =>
        peer.WithEnvironment("Console__Token", token)
            .WithCommand("attach", "Attach", _ => Task.FromResult(Attach(peer, token)), new CommandOptions
            {
                Description = "Shows the command line with which a terminal attaches to the peer's prompt.",
                IconName = "WindowConsole",
                UpdateState = ServiceExtensions.WhenRunning,
            });

    private static async Task<ExecuteCommandResult> AddPeerAsync(PeersResource peers, ExecuteCommandContext context)
    {
        foreach (var peer in peers.Members)
        {
            if (!IsStopped(await StateOfAsync(peer, context)))
            {
                continue;
            }

            var started = await Commands(context).ExecuteCommandAsync(peer, KnownResourceCommands.StartCommand, context.CancellationToken);
            return started.Success ? CommandResults.Success($"{peer.Name} is starting.") : started;
        }

        return CommandResults.Failure($"All {peers.Members.Count} peers run already; --spare N provides more.");
    }

    private static async Task<ExecuteCommandResult> RemovePeerAsync(PeersResource peers, ExecuteCommandContext context)
    {
        foreach (var peer in Enumerable.Reverse(peers.Members))
        {
            if (await StateOfAsync(peer, context) != KnownResourceStates.Running)
            {
                continue;
            }

            var stopped = await Commands(context).ExecuteCommandAsync(peer, KnownResourceCommands.StopCommand, context.CancellationToken);
            return stopped.Success ? CommandResults.Success($"{peer.Name} has left.") : stopped;
        }

        return CommandResults.Failure("No peer runs.");
    }

    private static async Task<ExecuteCommandResult> CrashAsync(
        IResourceBuilder<ProjectResource> peer, string token, ExecuteCommandContext context)
    {
        using var timeout = new CancellationTokenSource(EndsWithin, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.CancellationToken);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{peer.GetEndpoint("http").Url}/control/crash");
        request.Headers.Add("X-Control-Token", token);
        try
        {
            using var response = await client.SendAsync(request, stop.Token);
            if (!response.IsSuccessStatusCode)
            {
                return CommandResults.Failure($"{peer.Resource.Name} refused: {(int)response.StatusCode} {response.ReasonPhrase}.");
            }
        }
        catch (HttpRequestException)
        {
            // A process that dies cannot answer; whether it died is seen below.
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return CommandResults.Failure($"{peer.Resource.Name} did not answer within {EndsWithin.TotalSeconds} s.");
        }

        try
        {
            await Notifications(context).WaitForResourceAsync(peer.Resource.Name, KnownResourceStates.TerminalStates, stop.Token);
            return CommandResults.Success($"{peer.Resource.Name} was killed.");
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return CommandResults.Failure($"{peer.Resource.Name} was told to crash, but runs on.");
        }
    }

    private static ExecuteCommandResult Attach(IResourceBuilder<ProjectResource> peer, string token)
    {
        var line = AttachCommand.Line(peer.Resource.GetProjectMetadata().ProjectPath, peer.GetEndpoint("grpc").Url, token);
        return CommandResults.Success(
            $"In a terminal, this attaches to {peer.Resource.Name}. Whoever has the token can do there what you can.",
            new CommandResultData { Value = line, Format = CommandResultFormat.Text, DisplayImmediately = true });
    }

    // A state that is always true is there at once; asked by name, because ids differ from names.
    private static async Task<string?> StateOfAsync(ProjectResource peer, ExecuteCommandContext context) =>
        (await Notifications(context).WaitForResourceAsync(peer.Name, _ => true, context.CancellationToken)).Snapshot.State?.Text;

    private static bool IsStopped(string? state) =>
        state == KnownResourceStates.NotStarted || KnownResourceStates.TerminalStates.Contains(state);

    private static ResourceNotificationService Notifications(ExecuteCommandContext context) =>
        context.Services.GetRequiredService<ResourceNotificationService>();

    private static ResourceCommandService Commands(ExecuteCommandContext context) =>
        context.Services.GetRequiredService<ResourceCommandService>();
}
