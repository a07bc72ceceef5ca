using ChittyChat.Contracts.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ChittyChat.Dashboard.Tests.Fakes;

/// <summary>The registry's watch, with members as the test says.</summary>
internal sealed class FakeRegistry : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, RegisteredMember> _members = new(StringComparer.Ordinal);
    private readonly Watchers<WatchResponse> _watchers;
    private readonly FakeServer _server;
    private ulong _revision;

    public FakeRegistry()
    {
        _watchers = new(_gate);
        _server = new FakeServer(s => s.AddSingleton(this), app => app.MapGrpcService<Service>());
    }

    public string Address => _server.Address;

    public Task StartAsync() => _server.StartAsync();

    public Task VanishAsync() => _server.VanishAsync();

    public void Register(RegisteredMember member)
    {
        lock (_gate)
        {
            _members[member.Id] = member;
            _watchers.Tell(new WatchResponse { Change = new Change { Kind = Change.Types.Kind.Registered, Member = member, Revision = ++_revision } });
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    internal sealed class Service(FakeRegistry registry) : Registry.RegistryBase
    {
        public override Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context) =>
            registry._watchers.ServeAsync(
                () => [new WatchResponse { Snapshot = new Snapshot { Members = { registry._members.Values }, Revision = registry._revision } }],
                responseStream,
                context);
    }
}
