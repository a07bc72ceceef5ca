using ChittyChat.Contracts.V1;
using ChittyChat.Registry.Store;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Options;
using RegistryBase = ChittyChat.Contracts.V1.Registry.RegistryBase;

namespace ChittyChat.Registry;

/// <summary>The gRPC face of the registry; see registry.proto for what each call promises.</summary>
internal sealed class RegistryService(IMemberStore store, ChangeFeed feed, IOptions<RegistryOptions> options, RegistryMetrics metrics) : RegistryBase
{
    private readonly TimeSpan _lease = options.Value.Lease;

    public override async Task<RegisterResponse> Register(RegisterRequest request, ServerCallContext context)
    {
        Require(MemberValidation.Check(request.Member));
        if (!await store.RegisterAsync(request.Member, _lease, context.CancellationToken))
        {
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted, $"The registry is full: it holds {IMemberStore.Capacity} members. Try again when one has left."));
        }

        metrics.Registered();
        feed.Poke();
        return new RegisterResponse { Lease = Duration.FromTimeSpan(_lease) };
    }

    public override async Task<RenewResponse> Renew(RenewRequest request, ServerCallContext context)
    {
        Require(MemberValidation.CheckId(request.Id));
        if (!await store.RenewAsync(request.Id, _lease, context.CancellationToken))
        {
            throw new RpcException(new Status(StatusCode.NotFound, $"No member '{request.Id}' is registered, or its lease has run out. Register again."));
        }

        metrics.Renewed();
        return new RenewResponse { Lease = Duration.FromTimeSpan(_lease) };
    }

    public override async Task<DeregisterResponse> Deregister(DeregisterRequest request, ServerCallContext context)
    {
        Require(MemberValidation.CheckId(request.Id));
        if (await store.DeregisterAsync(request.Id, context.CancellationToken))
        {
            metrics.Deregistered();
            feed.Poke();
        }

        return new DeregisterResponse();
    }

    public override async Task<ListResponse> List(ListRequest request, ServerCallContext context)
    {
        var list = await store.ListAsync(context.CancellationToken);
        return new ListResponse { Revision = list.Revision.Value, Members = { InOrder(list) } };
    }

    public override async Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
    {
        try
        {
            // Attached first and caught up then: changes that happen in between wait in the watcher.
            using var watcher = feed.Attach();
            await context.WriteResponseHeadersAsync([]);
            var seen = await CatchUpAsync(new Revision(request.AfterRevision), responseStream, context.CancellationToken);
            await foreach (var change in watcher.ReadAllAsync(context.CancellationToken))
            {
                if (change.Revision > seen.Value)
                {
                    await responseStream.WriteAsync(new WatchResponse { Change = change }, context.CancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            // The client ended the call, which is how watching normally ends; nobody is left to be told.
        }
    }

    private async Task<Revision> CatchUpAsync(Revision after, IServerStreamWriter<WatchResponse> responseStream, CancellationToken cancellationToken)
    {
        if (after != Revision.None)
        {
            var missed = await store.ChangesAfterAsync(after, cancellationToken);
            if (missed.IsComplete)
            {
                foreach (var change in missed.Changes)
                {
                    await responseStream.WriteAsync(new WatchResponse { Change = change }, cancellationToken);
                }

                return missed.Revision;
            }
        }

        var list = await store.ListAsync(cancellationToken);
        var snapshot = new Snapshot { Revision = list.Revision.Value, Members = { InOrder(list) } };
        await responseStream.WriteAsync(new WatchResponse { Snapshot = snapshot }, cancellationToken);
        return list.Revision;
    }

    private static IOrderedEnumerable<RegisteredMember> InOrder(MemberList list) => list.Members.OrderBy(m => m.Id, StringComparer.Ordinal);

    private static void Require(IReadOnlyList<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, string.Join("; ", problems) + "."));
        }
    }
}
