using System.Collections.Concurrent;
using System.Threading.Channels;
using ChittyChat.Contracts.V1;
using ChittyChat.ServiceDefaults;
using ChittyChat.TestSupport;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RegistryBase = ChittyChat.Contracts.V1.Registry.RegistryBase;

namespace ChittyChat.Peer.Tests.Registry;

/// <summary>A registry on a real port that does what the test says, and tells what it was asked.</summary>
internal sealed class ScriptedRegistry : RegistryBase, IAsyncDisposable
{
    private readonly Channel<string> _calls = Channel.CreateUnbounded<string>();
    private readonly ConcurrentDictionary<string, RegisteredMember> _members = new();
    private WebApplication? _app;

    /// <summary>What every call is answered with instead of success; null: success.</summary>
    public Status? Failure { get; set; }

    /// <summary>When set, calls get no answer.</summary>
    public bool Hangs { get; set; }

    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    public Uri Address => _app!.Services.GetRequiredService<ServicePorts>().Grpc;

    public static async Task<ScriptedRegistry> StartAsync()
    {
        var registry = new ScriptedRegistry();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.AddGrpcPort();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(registry);
        registry._app = builder.Build();
        registry._app.MapGrpcService<ScriptedRegistry>();
        await registry._app.StartAsync();
        return registry;
    }

    /// <summary>The next call, such as "register alice" or "renew 1"; fails when there is none.</summary>
    public async Task<string> NextCallAsync() =>
        await _calls.Reader.ReadAsync().AsTask().ComesAsync("the next call of the registry");

    public bool TryNextCall(out string? call) => _calls.Reader.TryRead(out call);

    public void Forget() => _members.Clear();

    public override async Task<RegisterResponse> Register(RegisterRequest request, ServerCallContext context)
    {
        await AnswerAsync($"register {request.Member.Name} {request.Member.Session}", context);
        _members[request.Member.Id] = request.Member;
        return new() { Lease = Lease.ToDuration() };
    }

    public override async Task<RenewResponse> Renew(RenewRequest request, ServerCallContext context)
    {
        await AnswerAsync($"renew {request.Id}", context);
        return _members.ContainsKey(request.Id) ? new() { Lease = Lease.ToDuration() } : throw new RpcException(new Status(StatusCode.NotFound, "no such member"));
    }

    public override async Task<DeregisterResponse> Deregister(DeregisterRequest request, ServerCallContext context)
    {
        await AnswerAsync($"deregister {request.Id}", context);
        _members.TryRemove(request.Id, out _);
        return new();
    }

    public override async Task<ListResponse> List(ListRequest request, ServerCallContext context)
    {
        await AnswerAsync("list", context);
        return new() { Members = { _members.Values } };
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            // Calls that hang on purpose are not waited for.
            await _app.StopAsync(new CancellationToken(canceled: true));
            await _app.DisposeAsync();
        }
    }

    private async Task AnswerAsync(string call, ServerCallContext context)
    {
        _calls.Writer.TryWrite(call);
        if (Hangs)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
        }

        if (Failure is { } failure)
        {
            throw new RpcException(failure);
        }
    }
}
