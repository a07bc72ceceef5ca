using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Grpc;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Membership;
using Grpc.Core;

namespace ChittyChat.Peer.Testing;

/// <summary>
/// One call to the coordinator: takes orders, and reports. One writer reports in the order of what happened: the members, then what was delivered, then the results of the lines
/// that were executed, so that whoever reads a result has what came before it.
/// </summary>
internal sealed class AttendanceCall(
    ChatPeer chat, PeerLifecycle lifecycle, Func<ulong, string, CancellationToken, Task<StepResult>> runLine, AsyncDuplexStreamingCall<AttendanceReport, AttendanceOrder> call)
{
    // So many lines can wait; the orders behind them wait on the wire.
    private const int MostLines = 1_024;
    private const int DeliveriesAtOnce = 256;
    private const int WholeHistory = 1_000_000;

    private readonly DeliveryFollower _deliveries = chat.Deliveries.Follow(WholeHistory);
    private readonly Channel<ExecuteLine> _lines = Channel.CreateBounded<ExecuteLine>(new BoundedChannelOptions(MostLines) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly ConcurrentQueue<StepResult> _results = new();
    private readonly Lock _gate = new();
    private readonly HashSet<ulong> _cancelled = [];
    private ulong _running;
    private CancellationTokenSource? _runningCancel;
    private volatile bool _isWatching;
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
                    await _lines.Writer.WriteAsync(order.Execute, cancellationToken);
                    break;
                case AttendanceOrder.OrderOneofCase.Cancel:
                    await CancelStepAsync(order.Cancel.Step);
                    break;
                case AttendanceOrder.OrderOneofCase.StartWatching:
                    (_skipsPast, _isWatching) = (!order.StartWatching.FromStart, true);
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
                if (Begin(line.Step, cancel))
                {
                    _results.Enqueue(await runLine(line.Step, line.Line, cancel.Token));
                }
                else
                {
                    _results.Enqueue(new StepResult { Step = line.Step, Reason = "cancelled" });
                }

                Begin(0, null);
                _deliveries.Signal.Set();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The call is over.
        }
    }

    // False when the step was cancelled before.
    private bool Begin(ulong step, CancellationTokenSource? cancel)
    {
        lock (_gate)
        {
            (_running, _runningCancel) = (step, cancel);
            return !_cancelled.Remove(step);
        }
    }

    private async Task CancelStepAsync(ulong step)
    {
        CancellationTokenSource? cancel = null;
        lock (_gate)
        {
            if (step == _running)
            {
                cancel = _runningCancel;
            }
            else if (step > _running)
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
        GossipView? followed = null;
        var members = new Newest();
        var following = Task.CompletedTask;
        using var stopFollowing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        AttendanceView? sent = null;
        List<Delivery> batch = [];
        List<StepResult> results = [];
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var isLast = _isLeaving;
                while (_results.TryDequeue(out var result))
                {
                    results.Add(result);
                }

                if (_skipsPast)
                {
                    _skipsPast = false;
                    Skip(batch);
                }

                if (_isWatching)
                {
                    // Another view with each stay in the cluster.
                    if (lifecycle.View is { } view && view != followed)
                    {
                        await following;
                        followed = view;
                        members.Value = view.Members;
                        following = FollowAsync(view, members, stopFollowing.Token);
                    }

                    sent = await ReportViewAsync(lifecycle.View is null ? [] : members.Value, sent, cancellationToken);
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
            await stopFollowing.CancelAsync();
            await following;
        }
    }

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

    private async Task FollowAsync(GossipView view, Newest members, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var snapshot in view.WatchAsync(cancellationToken))
            {
                members.Value = snapshot;
                _deliveries.Signal.Set();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The call is over, or the stay in the cluster.
        }
    }

    private sealed class Newest
    {
        private readonly Lock _gate = new();
        private ImmutableArray<ChatMember> _value = [];

        public ImmutableArray<ChatMember> Value
        {
            get
            {
                lock (_gate)
                {
                    return _value;
                }
            }

            set
            {
                lock (_gate)
                {
                    _value = value;
                }
            }
        }
    }
}
