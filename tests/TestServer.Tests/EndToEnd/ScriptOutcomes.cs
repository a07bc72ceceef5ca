using System.Text.RegularExpressions;
using ChittyChat.TestServer.Commands;
using ChittyChat.TestServer.Processes;
using ChittyChat.TestServer.Results;
using ChittyChat.TestServer.Runs;
using ChittyChat.TestServer.Scripts;
using ChittyChat.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChittyChat.TestServer.Tests.EndToEnd;

/// <summary>One coordinator for all tests. Scripts run on real processes, a few at once, since most of their time is waiting; a crowd has the machine for itself.</summary>
public sealed partial class ScriptOutcomes : IAsyncLifetime
{
    private const int RunsAtOnce = 3;
    private const int Crowd = 10;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("chittychat-runs-");
    private readonly ErrorLogs _logs = new();
    private readonly SemaphoreSlim _turns = new(RunsAtOnce, RunsAtOnce);
    private readonly Dictionary<string, Task<RunReport>> _reports = [];
    private WebApplication? _app;

    public static IReadOnlyDictionary<string, string> Examples { get; } = ExampleBlocks().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "testing.md")))
        .ToDictionary(match => ScriptParser.Parse("docs/testing.md", match.Groups[1].Value).Scenario, match => match.Groups[1].Value);

    internal IServiceProvider Services => _app!.Services;

    public async Task InitializeAsync()
    {
        _app = CoordinatorHost.Create(
            new RunHostOptions(_directory.FullName, new Programs(null), TimeSpan.FromMinutes(3)), isPrivate: true, builder => builder.Logging.AddProvider(_logs));
        await _app.StartAsync();
        foreach (var script in ScriptLibrary.OfProgram.Shipped().OrderBy(script => script.Script.Cast.Length))
        {
            Begin(script.Name, await File.ReadAllTextAsync(script.Path));
        }

        foreach (var (name, text) in Examples)
        {
            Begin(name, text);
        }
    }

    public async Task DisposeAsync()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
        _directory.Delete(recursive: true);
        _logs.Dispose();
    }

    /// <summary>What came of a script that was begun with the others.</summary>
    internal Task<RunReport> OfAsync(string name) => _reports[name];

    private void Begin(string name, string text) => _reports.Add(name, RunAsync(name, text));

    private async Task<RunReport> RunAsync(string name, string text)
    {
        var request = RunRequest.Of(name.Replace(' ', '-') + ".chat", text, usesAttending: false);
        var turns = request.Script.Cast.Length >= Crowd ? RunsAtOnce : 1;
        for (var i = 0; i < turns; i++)
        {
            await _turns.WaitAsync();
        }

        try
        {
            return await Services.GetRequiredService<RunHost>().Start(request).Report;
        }
        finally
        {
            _turns.Release(turns);
        }
    }

    [GeneratedRegex(@"^```chat\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ExampleBlocks();
}

[CollectionDefinition(nameof(ScriptOutcomes))]
public sealed class ScriptOutcomesGroup : ICollectionFixture<ScriptOutcomes>;
