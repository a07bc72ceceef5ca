using System.Collections.Immutable;
using System.Threading.Channels;
using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Grpc;
using ChittyChat.Peer.Lifecycle;
using Grpc.Core;

namespace ChittyChat.Peer.Testing;

/// <summary>
/// One call to the coordinator: takes orders, and reports. One writer reports in the order of what happened: the members, then what was delivered, then the results of the lines
/// that were executed, so that whoever reads a result has what came before it.
/// </summary>
internal sealed class AttendanceCall(
    ChatPeer chat, PeerLifecycle lifecycle, Func<ulong, string, CancellationToken, Task<StepResult>> runLine, AsyncDuplexStreamingCall<AttendanceReport, AttendanceOrder> call)
{
    // So many lines can wait, and so many results of others; the orders behind them wait on the wire.
    private const int MostLines = 1_024;
    private const int DeliveriesAtOnce = 256;
    private const int WholeHistory = 1_000_000;

    private readonly DeliveryFollower _deliveries = chat.Deliveries.Follow(WholeHistory);
    private readonly Channel<ExecuteLine> _lines = Channel.CreateBounded<ExecuteLine>(new BoundedChannelOptions(MostLines) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly Channel<StepResult> _results = Channel.CreateBounded<StepResult>(new BoundedChannelOptions(MostLines) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly Lock _gate = new();
    private readonly HashSet<ulong> _cancelled = [];
    private ulong _received;
    private ulong _begun;
    private CancellationTokenSource? _runningCancel;
    private volatile bool _isWatching;
    private volatile bool _beginsWatching;
    private volatile bool _skipsPast;
    private volatile bool _isLeaving;

    /// <summary>Takes part until the coordinator ends the call, or until cancelled.</summary>
    /// <param name="onAnswered">Called when the coordinator has taken the hello.</param>
    /// <param name="cancellationToken">Breaks the call off.</param>
    /// <exception cref="RpcException">The coordinator is not there, or went away.</exception>
    public async Task RunAsync(Action onAnswered, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var waking = ending.Token.Register(_deliveries.Signal.Set);
        try
        {
            await call.RequestStream.WriteAsync(new AttendanceReport { Hello = Hello() }, cancellationToken);
            var executing = ExecuteAsync(ending.Token);
            var reporting = ReportAsync(ending.Token);
            try
            {
                // The headers come with the first order, or when the coordinator has read the hello.
                await call.ResponseHeadersAsync;
                onAnswered();
                await ReadOrdersAsync(ending.Token);
            }
            finally
            {
                await ending.CancelAsync();
                _lines.Writer.TryComplete();
                await Task.WhenAll(executing, reporting);
            }
        }
        finally
        {
            _deliveries.Dispose();
        }
    }

    /// <summary>Reports what is left, and ends the call.</summary>
    public void Leave()
    {
        _isLeaving = true;
        _deliveries.Signal.Set();
    }

    private AttendanceHello Hello()
    {
        var self = lifecycle.View?.Self;
        return new AttendanceHello
        {
            Name = chat.Name,
            Session = chat.Session.Value,
            ProcessId = Environment.ProcessId,
            GossipAddress = self?.GossipAddress ?? "",
            ChatAddress = self?.ChatAddress.GetLeftPart(UriPartial.Authority) ?? "",
        };
    }

    private async Task ReadOrdersAsync(CancellationToken cancellationToken)
    {
        await foreach (var order in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            switch (order.OrderCase)
            {
                case AttendanceOrder.OrderOneofCase.Execute:
                    _received = order.Execute.Step;
                    await _lines.Writer.WriteAsync(order.Execute, cancellationToken);
                    break;
                case AttendanceOrder.OrderOneofCase.Cancel:
                    await CancelStepAsync(order.Cancel.Step);
                    break;
                case AttendanceOrder.OrderOneofCase.StartWatching:
                    _skipsPast = !order.StartWatching.FromStart;
                    (_beginsWatching, _isWatching) = (true, true);
                    _deliveries.Signal.Set();
                    break;
                case AttendanceOrder.OrderOneofCase.StopWatching:
                    _isWatching = false;
                    break;
                default:
                    break;
            }
        }
    }

    private async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(cancellationToken))
            {
                using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                var result = Begin(line.Step, cancel) ? await runLine(line.Step, line.Line, cancel.Token) : new StepResult { Step = line.Step, Reason = "cancelled" };
                End();
                await _results.Writer.WriteAsync(result, cancellationToken);
                _deliveries.Signal.Set();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The call is over.
        }
    }

    // False when the step was cancelled before.
    private bool Begin(ulong step, CancellationTokenSource cancel)
    {
        lock (_gate)
        {
            (_begun, _runningCancel) = (step, cancel);
            return !_cancelled.Remove(step);
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _runningCancel = null;
        }
    }

    private async Task CancelStepAsync(ulong step)
    {
        CancellationTokenSource? cancel = null;
        lock (_gate)
        {
            if (step == _begun)
            {
                cancel = _runningCancel;
            }
            else if (step > _begun && step <= _received)
            {
                _cancelled.Add(step);
            }
        }

        try
        {
            await (cancel?.CancelAsync() ?? Task.CompletedTask);
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself meanwhile.
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        MemberWatch? watch = null;
        AttendanceView? sent = null;
        List<Delivery> batch = [];
        List<StepResult> results = [];
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var isLast = _isLeaving;
                while (_results.Reader.TryRead(out var result))
                {
                    results.Add(result);
                }

                if (_beginsWatching)
                {
                    // Whoever watches again is told of the members again.
                    (_beginsWatching, sent) = (false, null);
                    if (_skipsPast)
                    {
                        Skip(batch);
                    }
                }

                if (_isWatching)
                {
                    watch = await FollowAsync(watch);
                    sent = await ReportViewAsync(watch?.Members ?? [], sent, cancellationToken);
                    await ReportDeliveriesAsync(batch, cancellationToken);
                }

                foreach (var result in results)
                {
                    await call.RequestStream.WriteAsync(new AttendanceReport { Result = result }, cancellationToken);
                }

                results.Clear();
                if (isLast)
                {
                    await call.RequestStream.CompleteAsync();
                    return;
                }

                await _deliveries.Signal.WaitAsync();
            }
        }
        catch (Exception e) when (e is RpcException or IOException or InvalidOperationException or OperationCanceledException)
        {
            // The call is over: whoever reads the orders is told why.
        }
        finally
        {
            await StopAsync(watch);
        }
    }

    // Each stay in the cluster has a view of its own.
    private async Task<MemberWatch?> FollowAsync(MemberWatch? watch)
    {
        var view = lifecycle.View;
        if (view == watch?.View)
        {
            return watch;
        }

        await StopAsync(watch);
        return view is null ? null : new MemberWatch(view, _deliveries.Signal.Set);
    }

    private static ValueTask StopAsync(MemberWatch? watch) => watch?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<AttendanceView?> ReportViewAsync(ImmutableArray<ChatMember> members, AttendanceView? sent, CancellationToken cancellationToken)
    {
        var now = new AttendanceView { Session = chat.Session.Value, Members = { members.Select(member => ChatMapping.Write(member, [])) } };
        if (!now.Equals(sent))
        {
            await call.RequestStream.WriteAsync(new AttendanceReport { View = now }, cancellationToken);
        }

        return now;
    }

    private async Task ReportDeliveriesAsync(List<Delivery> batch, CancellationToken cancellationToken)
    {
        do
        {
            batch.Clear();
            var missed = _deliveries.Read(batch, DeliveriesAtOnce);
            if (missed > 0)
            {
                await call.RequestStream.WriteAsync(new AttendanceReport { Missed = (ulong)missed }, cancellationToken);
            }

            foreach (var delivery in batch)
            {
                await call.RequestStream.WriteAsync(new AttendanceReport { Delivery = ChatMapping.Write(delivery) }, cancellationToken);
            }
        }
        while (batch.Count > 0);
    }

    private void Skip(List<Delivery> batch)
    {
        do
        {
            batch.Clear();
            _deliveries.Read(batch, DeliveriesAtOnce);
        }
        while (batch.Count > 0);
    }
}
