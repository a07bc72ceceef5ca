using System.Threading.Channels;
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
    private readonly HashSet<ChannelWriter<WatchResponse>> _watchers = [];
    private readonly FakeServer _server;
    private ulong _revision;

    public FakeRegistry() =>
        _server = new FakeServer(s => s.AddSingleton(this), app => app.MapGrpcService<Service>());

    public string Address => _server.Address;

    public Task StartAsync() => _server.StartAsync();

    public Task VanishAsync() => _server.VanishAsync();

    public void Register(RegisteredMember member)
    {
        lock (_gate)
        {
            _members[member.Id] = member;
            Tell(Change.Types.Kind.Registered, member);
        }
    }

    public void Expire(string id)
    {
        lock (_gate)
        {
            if (_members.Remove(id, out var member))
            {
                Tell(Change.Types.Kind.Expired, member);
            }
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    // Called under the gate.
    private void Tell(Change.Types.Kind kind, RegisteredMember member)
    {
        _revision++;
        foreach (var watcher in _watchers)
        {
            watcher.TryWrite(new WatchResponse { Change = new Change { Kind = kind, Member = member, Revision = _revision } });
        }
    }

    internal sealed class Service(FakeRegistry registry) : Registry.RegistryBase
    {
        public override async Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
        {
            var news = Channel.CreateBounded<WatchResponse>(1000);
            lock (registry._gate)
            {
                news.Writer.TryWrite(new WatchResponse { Snapshot = new Snapshot { Members = { registry._members.Values }, Revision = registry._revision } });
                registry._watchers.Add(news.Writer);
            }

            try
            {
                await foreach (var response in news.Reader.ReadAllAsync(context.CancellationToken))
                {
                    await responseStream.WriteAsync(response, context.CancellationToken);
                }
            }
            catch (OperationCanceledException)
            {
                // The watcher or the server is gone.
            }
            finally
            {
                lock (registry._gate)
                {
                    registry._watchers.Remove(news.Writer);
                }
            }
        }
    }
}
