using ChittyChat.ServiceDefaults;
using ChittyChat.TestServer.Attendance;
using ChittyChat.TestServer.Processes;
using ChittyChat.TestServer.Results;
using ChittyChat.TestServer.Runs;
using ChittyChat.TestServer.Scripts;
using HttpResults = Microsoft.AspNetCore.Http.Results;

namespace ChittyChat.TestServer.Commands;

/// <summary>A coordinator as a web application: gRPC for peers and drivers, HTTP for health and for starting runs.</summary>
internal static class CoordinatorHost
{
    /// <summary>Composes a coordinator.</summary>
    /// <param name="options">How it runs scripts.</param>
    /// <param name="isPrivate">Whether it serves one command only: on free loopback ports, and silent.</param>
    /// <param name="configure">Changes for a test; null for none.</param>
    public static WebApplication Create(RunHostOptions options, bool isPrivate, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        if (isPrivate)
        {
            builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "http://127.0.0.1:0");
            builder.Configuration[KestrelPorts.GrpcPortKey] = "0";
            builder.Logging.SetMinimumLevel(LogLevel.Error);
        }

        builder.AddGrpcPort();
        builder.AddServiceDefaults();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(options);
        builder.Services.AddSingleton<ProcessGuard>().AddSingleton<AttendanceHub>().AddSingleton<RunHost>().AddSingleton<TestCoordinatorService>();
        // A run may have much to end when the host stops.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        builder.Services.AddHostedService<RunsEnd>();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGrpcService<TestCoordinatorService>();
        app.MapRuns();
        return app;
    }

    /// <summary>
    /// <c>GET /scripts</c>, <c>GET /runs</c>, <c>POST /runs/{script}?peers=own|attending&amp;wait=true</c>, <c>DELETE /runs/{id}</c>.
    /// </summary>
    private static void MapRuns(this WebApplication app)
    {
        var (runs, hub) = (app.Services.GetRequiredService<RunHost>(), app.Services.GetRequiredService<AttendanceHub>());
        app.MapGet("/scripts", () => ScriptLibrary.OfProgram.Shipped().Select(script => new { script.Name, script.Script.Scenario, script.Script.Teaches }));
        app.MapGet("/attending", () => hub.Attending);
        app.MapGet("/runs", async () => await Task.WhenAll(runs.Runs.Reverse().Select(DescribeAsync)));
        app.MapPost("/runs/{script}", async (string script, string? peers, bool? wait, CancellationToken cancellationToken) =>
        {
            if (peers is not (null or "own" or "attending"))
            {
                return HttpResults.Problem($"peers is '{peers}'; own or attending is expected.", statusCode: StatusCodes.Status400BadRequest);
            }

            try
            {
                var (file, text) = ScriptLibrary.OfProgram.Read(script);
                var run = runs.Start(RunRequest.Of(file, text, usesAttending: peers == "attending"));
                if (wait == true)
                {
                    // Whoever waits no more, wants no more.
                    await using var cancelling = cancellationToken.Register(() => _ = run.CancelAsync());
                    await run.Report;
                }

                return HttpResults.Ok(await DescribeAsync(run));
            }
            catch (FileNotFoundException e)
            {
                return HttpResults.Problem(e.Message, statusCode: StatusCodes.Status404NotFound);
            }
            catch (StageException e)
            {
                return HttpResults.Problem(e.Message, statusCode: StatusCodes.Status409Conflict);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return HttpResults.Problem(e.Message, statusCode: StatusCodes.Status500InternalServerError);
            }
        });
        app.MapDelete("/runs/{id}", async (string id) =>
        {
            if (runs.Find(id) is not { } run)
            {
                return HttpResults.Problem($"There is no run '{id}'.", statusCode: StatusCodes.Status404NotFound);
            }

            await run.CancelAsync();
            return HttpResults.Ok(await DescribeAsync(run));
        });
    }

    private static async Task<RunDescription> DescribeAsync(Run run) => run.Report is { IsCompletedSuccessfully: true }
        ? new RunDescription(run.Id, run.Script.Scenario, RunReport.Word((await run.Report).Verdict), [.. (await run.Report).Describe()], (await run.Report).Directory)
        : new RunDescription(run.Id, run.Script.Scenario, "RUNNING", [], null);

    private sealed record RunDescription(string Id, string Scenario, string Verdict, IReadOnlyList<string> Summary, string? Directory);

    // Runs end before the ports close, so that their peers can say what they have to.
    private sealed class RunsEnd(RunHost runs) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StoppingAsync(CancellationToken cancellationToken) => await runs.DisposeAsync();

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
