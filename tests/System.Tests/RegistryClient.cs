using Aspire.Hosting;
using Aspire.Hosting.Testing;
using ChittyChat.Contracts.V1;
using ChittyChat.TestSupport;
using Grpc.Net.Client;

namespace ChittyChat.System.Tests;

/// <summary>A gRPC client of the registry.</summary>
public sealed class RegistryClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly Registry.RegistryClient _registry;

    public RegistryClient(DistributedApplication app)
    {
        _channel = GrpcChannel.ForAddress(app.GetEndpoint("registry", "grpc"));
        _registry = new Registry.RegistryClient(_channel);
    }

    /// <summary>Waits until the registry lists exactly <paramref name="names"/>.</summary>
    public Task ListsAsync(params string[] names) =>
        Eventually.HoldsAsync(
            $"the registry lists {string.Join(", ", names)} and nobody else",
            async () => (await _registry.ListAsync(new ListRequest())).Members,
            members => members.Select(m => m.Name).Order(StringComparer.Ordinal).SequenceEqual(names.Order(StringComparer.Ordinal)),
            members => string.Join(", ", members.Select(m => m.Name)));

    /// <summary>Waits until the registry answers UNAVAILABLE.</summary>
    public Task IsUnavailableAsync() =>
        Eventually.HoldsAsync(
            "the registry answers UNAVAILABLE",
            async () =>
            {
                try
                {
                    return $"{(await _registry.ListAsync(new ListRequest())).Members.Count} members";
                }
                catch (Grpc.Core.RpcException e)
                {
                    return e.StatusCode.ToString();
                }
            },
            answer => answer == nameof(Grpc.Core.StatusCode.Unavailable),
            answer => answer);

    public void Dispose() => _channel.Dispose();
}
