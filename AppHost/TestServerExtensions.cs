using System.Net.Http.Json;
using System.Text.Json;

namespace ChittyChat.AppHost;

/// <summary>The service that runs scripted tests over many peers, and the command that starts one.</summary>
internal static class TestServerExtensions
{
    private const string Script = "script";
    private const string Peers = "peers";

    /// <summary>Adds the test server.</summary>
    public static IResourceBuilder<ProjectResource> AddTestServer(this IDistributedApplicationBuilder builder, string name)
    {
        var server = builder.AddService<Projects.TestServer>(name)
            .WithGrpcEndpoint()
            .WithArgs("serve", "--runs", Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", "runs")));
        return server.WithCommand("run-test", "Run test…", context => RunAsync(server, context), new CommandOptions
        {
            Description = "Runs a script: what peers do, what goes wrong, and what they are expected to see.",
            IconName = "Beaker",
            IsHighlighted = true,
            UpdateState = ServiceExtensions.WhenRunning,
            Arguments =
            [
                new InteractionInput
                {
                    Name = Script,
                    Label = "Script",
                    Description = "One of the shipped scenarios.",
                    InputType = InputType.Choice,
                    Options = [.. ShippedScripts().Select(script => KeyValuePair.Create(script, script))],
                    Required = true,
                },
                new InteractionInput
                {
                    Name = Peers,
                    Label = "Peers",
                    Description = "Own peers can be stopped, crashed and started; those that run here can not.",
                    InputType = InputType.Choice,
                    Options = [KeyValuePair.Create("own", "new ones, started for the run"), KeyValuePair.Create("attending", "those that run here")],
                    Value = "own",
                    Required = true,
                },
            ],
        });
    }

    private static IEnumerable<string> ShippedScripts() =>
        Directory.EnumerateFiles(Path.Combine(Path.GetDirectoryName(new Projects.TestServer().ProjectPath)!, "scenarios"), "*.chat")
            .Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal);

    private static async Task<ExecuteCommandResult> RunAsync(IResourceBuilder<ProjectResource> server, ExecuteCommandContext context)
    {
        var script = context.Arguments[Script].Value ?? "";
        // A run takes as long as its script; whoever waits for it cancels it.
        using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var address = $"{server.GetEndpoint("http").Url}/runs/{Uri.EscapeDataString(script)}?peers={context.Arguments[Peers].Value}&wait=true";
        try
        {
            using var response = await client.PostAsync(new Uri(address), content: null, context.CancellationToken);
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>(context.CancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                return CommandResults.Failure($"{script} was not run: {Text(answer, "detail")}");
            }

            var verdict = Text(answer, "verdict");
            var details = new CommandResultData
            {
                Value = string.Join('\n', [.. answer.GetProperty("summary").EnumerateArray().Select(line => line.GetString()), "", $"Everything about it: {Text(answer, "directory")}"]),
                Format = CommandResultFormat.Text,
                DisplayImmediately = true,
            };
            return verdict == "PASSED" ? CommandResults.Success($"{script} passed.", details) : CommandResults.Failure($"{script}: {verdict}.", details);
        }
        catch (HttpRequestException e)
        {
            return CommandResults.Failure($"The test server does not answer: {e.Message}");
        }
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
