using System.Threading.Channels;
using ChittyChat.Contracts.V1;
using ChittyChat.ServiceDefaults;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Peer.Tests.Testing;

/// <summary>A test server on a real port that does what the test says, and tells what it was told.</summary>
internal sealed class ScriptedCoordinator : TestCoordinator.TestCoordinatorBase, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<AttendanceReport> _reports = Channel.CreateUnbounded<AttendanceReport>();
    private readonly CancellationTokenSource _stopping = new();
    private WebApplication? _app;
    private IServerStreamWriter<AttendanceOrder>? _orders;
    private TaskCompletionSource _hangUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Uri Address => _app!.Services.GetRequiredService<ServicePorts>().Grpc;

    /// <summary>Completes when a peer has ended its call by itself.</summary>
    public TaskCompletionSource Completed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was to be run.</summary>
    public StartRunRequest? Started { get; private set; }

    /// <summary>Completes with the id of the run that was cancelled.</summary>
    public TaskCompletionSource<string> Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What a start is answered with instead of success.</summary>
    public Status? Refusal { get; set; }

    /// <summary>What whoever watches a run gets; it goes on for ever when the last of them is not its end.</summary>
    public IReadOnlyList<RunUpdate> Updates { get; set; } = [];

    /// <summary>Whether whoever watches a run is left without its end.</summary>
    public bool EndsEarly { get; set; }

    public static async Task<ScriptedCoordinator> StartAsync()
    {
        var coordinator = new ScriptedCoordinator();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.AddGrpcPort();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(coordinator);
        coordinator._app = builder.Build();
        coordinator._app.MapGrpcService<ScriptedCoordinator>();
        await coordinator._app.StartAsync();
        return coordinator;
    }

    /// <summary>The next report that is of this kind; what comes before it is left out.</summary>
    public async Task<AttendanceReport> NextAsync(AttendanceReport.ReportOneofCase kind) => (await UntilAsync(kind))[^1];

    /// <summary>All reports up to the next one of this kind.</summary>
    public async Task<List<AttendanceReport>> UntilAsync(AttendanceReport.ReportOneofCase kind)
    {
        List<AttendanceReport> reports = [];
        using var timeout = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            do
            {
                reports.Add(await _reports.Reader.ReadAsync(timeout.Token));
            }
            while (reports[^1].ReportCase != kind);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"No {kind} was reported, but {string.Join(", ", reports)}");
        }

        return reports;
    }

    /// <summary>Gives an order to the peer whose call is the newest. A hello has to have come.</summary>
    public Task OrderAsync(AttendanceOrder order) => _orders!.WriteAsync(order);

    /// <summary>Lets it execute a line, and gives the result.</summary>
    public async Task<StepResult> ExecuteAsync(ulong step, string line)
    {
        await OrderAsync(new AttendanceOrder { Execute = new ExecuteLine { Step = step, Line = line } });
        return (await NextAsync(AttendanceReport.ReportOneofCase.Result)).Result;
    }

    /// <summary>Ends the peer's call.</summary>
    public void HangUp() => _hangUp.TrySetResult();

    public override async Task Attend(IAsyncStreamReader<AttendanceReport> requestStream, IServerStreamWriter<AttendanceOrder> responseStream, ServerCallContext context)
    {
        var hangUp = _hangUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _orders = responseStream;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var reading = ReadAsync();
        await Task.WhenAny(reading, hangUp.Task);
        // Nobody may read a call that has ended: Kestrel gives its stream to the next one.
        await ending.CancelAsync();
        await reading;

        async Task ReadAsync()
        {
            try
            {
                while (await requestStream.MoveNext(ending.Token))
                {
                    _reports.Writer.TryWrite(requestStream.Current);
                }

                Completed.TrySetResult();
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
            {
                // The call is over.
            }
        }
    }

    public override Task<StartRunResponse> StartRun(StartRunRequest request, ServerCallContext context)
    {
        Started = request;
        return Refusal is { } refusal ? throw new RpcException(refusal) : Task.FromResult(new StartRunResponse { RunId = "run-1", Scenario = "s" });
    }

    public override async Task WatchRun(WatchRunRequest request, IServerStreamWriter<RunUpdate> responseStream, ServerCallContext context)
    {
        foreach (var update in Updates)
        {
            await responseStream.WriteAsync(update, context.CancellationToken);
        }

        if (!EndsEarly && (Updates.Count == 0 || Updates[^1].Ended is null))
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, _stopping.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending.Token);
        }
    }

    public override Task<CancelRunResponse> CancelRun(CancelRunRequest request, ServerCallContext context)
    {
        Cancelled.TrySetResult(request.RunId);
        return Task.FromResult(new CancelRunResponse());
    }

    public override Task<ListScriptsResponse> ListScripts(ListScriptsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListScriptsResponse { Scripts = { new ShippedScript { Name = "first-contact", Scenario = "First contact", Teaches = "Whom to ask." } } });

    public async ValueTask DisposeAsync()
    {
        if (_app is null)
        {
            return;
        }

        await _stopping.CancelAsync();
        HangUp();
        await _app.DisposeAsync();
        _app = null;
        _stopping.Dispose();
    }
}
