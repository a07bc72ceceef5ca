using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChittyChat.ServiceDefaults;

/// <summary>
/// Opens a gRPC port beside the ports of <c>ASPNETCORE_URLS</c>: without TLS, Kestrel cannot serve HTTP/1.1 and HTTP/2 on the same one.
/// </summary>
public static class KestrelPorts
{
    /// <summary>The setting that holds the number of the gRPC port; 0 or absent for any free one.</summary>
    public const string GrpcPortKey = "GRPC_PORT";

    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    private const string AnyLoopbackPort = "http://127.0.0.1:0";

    // An address list that is there, and empty. An absent one, or an empty string, would make the host look for addresses elsewhere,
    // and Kestrel warn that it does not use them.
    private const string NoUrls = ";";

    /// <summary>
    /// Listens with HTTP/1.1 on the addresses of <c>ASPNETCORE_URLS</c> (by default any free port of 127.0.0.1), and with HTTP/2
    /// without TLS on the port <see cref="GrpcPortKey"/>. Once the application has started, the <see cref="ServicePorts"/> in its
    /// services tells the real addresses, which are also logged.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="grpcAddress">Where to open the gRPC port; by default on the host of the first of <c>ASPNETCORE_URLS</c>.</param>
    /// <exception cref="InvalidOperationException">A port or an address is malformed, or asks for TLS.</exception>
    public static WebApplicationBuilder AddGrpcPort(this WebApplicationBuilder builder, IPAddress? grpcAddress = null)
    {
        var urls = builder.Configuration[WebHostDefaults.ServerUrlsKey];
        var http = (string.IsNullOrWhiteSpace(urls) ? AnyLoopbackPort : urls)
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(ParseUrl)
            .ToArray();
        var grpcHost = grpcAddress?.ToString() ?? http[0].Host;
        var grpcPort = ParsePort(builder.Configuration[GrpcPortKey]);

        var ports = new ServicePorts();
        builder.Services.AddSingleton(ports);
        builder.Services.AddHostedService<PortAnnouncement>();
        builder.WebHost.UseUrls(NoUrls);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // A client whose machine vanished says no goodbye; without pings its open streams would stay for ever.
            kestrel.Limits.Http2.KeepAlivePingDelay = PingDelay;
            kestrel.Limits.Http2.KeepAlivePingTimeout = PingTimeout;
            ports.HttpListeners = [.. http.Select(url => Listen(kestrel, url.Host, url.Port, HttpProtocols.Http1))];
            ports.GrpcListener = Listen(kestrel, grpcHost, grpcPort, HttpProtocols.Http2);
        });
        return builder;
    }

    private static BindingAddress ParseUrl(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address.Scheme == Uri.UriSchemeHttp && !address.IsUnixPipe && !address.IsNamedPipe && IsListenable(address.Host)
                ? address
                : throw Unexpected(url);
        }
        catch (FormatException malformed)
        {
            throw Unexpected(url, malformed);
        }
    }

    private static InvalidOperationException Unexpected(string url, Exception? cause = null) => new(
        $"ASPNETCORE_URLS contains '{url}'; addresses such as http://127.0.0.1:5000, http://localhost:5000 or http://*:5000 are expected, separated by semicolons.",
        cause);

    private static int ParsePort(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return 0;
        }

        return ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : throw new InvalidOperationException($"{GrpcPortKey} is '{text}'; a port from 1 to 65535 is expected, or 0 for any free one.");
    }

    private static bool IsListenable(string host) => IsLocalhost(host) || IsAny(host) || IPAddress.TryParse(host, out _);

    private static bool IsLocalhost(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    private static bool IsAny(string host) => host is "*" or "+";

    private static ListenOptions Listen(KestrelServerOptions kestrel, string host, int port, HttpProtocols protocols)
    {
        ListenOptions? listener = null;
        if (IsAny(host))
        {
            kestrel.ListenAnyIP(port, Configure);
        }
        else if (IsLocalhost(host) && port != 0)
        {
            kestrel.ListenLocalhost(port, Configure);
        }
        else
        {
            // There is no port that is free on both loopback addresses for sure, so "any port of localhost" is one of 127.0.0.1.
            kestrel.Listen(IsLocalhost(host) ? IPAddress.Loopback : IPAddress.Parse(host), port, Configure);
        }

        return listener!;

        void Configure(ListenOptions options)
        {
            options.Protocols = protocols;
            listener = options;
        }
    }

    private sealed class PortAnnouncement(ServicePorts ports, ILogger<ServicePorts> logger) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken)
        {
            logger.Listening(ports.Http, ports.Grpc);
            return Task.CompletedTask;
        }

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
