using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ChittyChat.ServiceDefaults;

/// <summary>The addresses that this process really listens on; see <see cref="KestrelPorts"/>.</summary>
public sealed class ServicePorts
{
    /// <summary>The first HTTP/1.1 address: health and control.</summary>
    /// <exception cref="InvalidOperationException">The application has not started.</exception>
    public Uri Http => AddressOf(HttpListeners.Count > 0 ? HttpListeners[0] : null);

    /// <summary>The address of the gRPC services (HTTP/2 without TLS). A host that stands for every address is shown as such, e.g. <c>[::]</c>.</summary>
    /// <exception cref="InvalidOperationException">The application has not started.</exception>
    public Uri Grpc => AddressOf(GrpcListener);

    internal IReadOnlyList<ListenOptions> HttpListeners { get; set; } = [];

    internal ListenOptions? GrpcListener { get; set; }

    private static Uri AddressOf(ListenOptions? listener) =>
        listener?.IPEndPoint is { Port: > 0 } bound
            ? new Uri($"http://{bound}")
            : throw new InvalidOperationException("The ports are open, and their addresses known, only once the application has started.");
}
