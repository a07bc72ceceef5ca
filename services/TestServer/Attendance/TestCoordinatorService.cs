using ChittyChat.Contracts.V1;
using ChittyChat.TestServer.Results;
using ChittyChat.TestServer.Runs;
using ChittyChat.TestServer.Scripts;
using Grpc.Core;

namespace ChittyChat.TestServer.Attendance;

/// <summary>The coordinator for peers and for drivers.</summary>
internal sealed class TestCoordinatorService(AttendanceHub hub, RunHost runs) : TestCoordinator.TestCoordinatorBase
{
    /// <inheritdoc/>
    public override async Task Attend(IAsyncStreamReader<AttendanceReport> requestStream, IServerStreamWriter<AttendanceOrder> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken) || requestStream.Current.Hello is not { Name.Length: > 0 } hello)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "The first report is a hello with a name."));
        }

        var peer = new AttendingPeer(hello);
        hub.Enter(peer);
        var sending = SendAsync(peer, responseStream, context.CancellationToken);
        try
        {
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                hub.Report(peer, requestStream.Current);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or RpcException)
        {
            // A process that dies says no goodbye.
        }
        finally
        {
            hub.Leave(peer);
            await sending;
        }
    }

    /// <inheritdoc/>
    public override Task<StartRunResponse> StartRun(StartRunRequest request, ServerCallContext context)
    {
        try
        {
            var run = runs.Start(RunRequest.Of(request, ScriptLibrary.OfProgram));
            return Task.FromResult(new StartRunResponse { RunId = run.Id, Scenario = run.Script.Scenario });
        }
        catch (ScriptException e)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, e.Message));
        }
        catch (FileNotFoundException e)
        {
            throw new RpcException(new Status(StatusCode.NotFound, e.Message));
        }
        catch (Exception e) when (e is StageException or IOException or UnauthorizedAccessException)
        {
            throw new RpcException(new Status(StatusCode.FailedPrecondition, e.Message));
        }
    }

    /// <inheritdoc/>
    public override async Task WatchRun(WatchRunRequest request, IServerStreamWriter<RunUpdate> responseStream, ServerCallContext context)
    {
        var run = Find(request.RunId);
        var next = 0;
        while (true)
        {
            var (entries, changed) = run.Record.Read(next);
            next += entries.Length;
            foreach (var entry in entries)
            {
                await responseStream.WriteAsync(new RunUpdate { EventJson = RecordFile.Line(entry) }, context.CancellationToken);
            }

            if (entries.Length > 0 && entries[^1].Event is RunEnded)
            {
                break;
            }

            await changed.WaitAsync(context.CancellationToken);
        }

        var report = await run.Report.WaitAsync(context.CancellationToken);
        await responseStream.WriteAsync(new RunUpdate { Ended = report.ToMessage() }, context.CancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<CancelRunResponse> CancelRun(CancelRunRequest request, ServerCallContext context)
    {
        await Find(request.RunId).CancelAsync();
        return new CancelRunResponse();
    }

    /// <inheritdoc/>
    public override Task<ListScriptsResponse> ListScripts(ListScriptsRequest request, ServerCallContext context) => Task.FromResult(new ListScriptsResponse
    {
        Attending = { hub.Attending },
        Scripts = { ScriptLibrary.OfProgram.Shipped().Select(script => new Contracts.V1.ShippedScript { Name = script.Name, Scenario = script.Script.Scenario, Teaches = script.Script.Teaches }) },
    });

    private static async Task SendAsync(AttendingPeer peer, IServerStreamWriter<AttendanceOrder> orders, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var order in peer.Orders.ReadAllAsync(cancellationToken))
            {
                await orders.WriteAsync(order, cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or RpcException or InvalidOperationException)
        {
            // The call is over, which the reader notices, too.
        }
    }

    private Run Find(string runId) => runs.Find(runId) ?? throw new RpcException(new Status(StatusCode.NotFound, $"There is no run '{runId}'."));
}
