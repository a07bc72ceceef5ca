using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace ChittyChat.ServiceDefaults;

/// <summary>What every service of the system has in common: telemetry and health endpoints.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Path of the readiness check: 200 when the service can really serve, else 503.</summary>
    public const string HealthPath = "/health";

    /// <summary>Path of the liveness check: 200 as long as the process answers at all.</summary>
    public const string AlivePath = "/alive";

    private const string LiveTag = "live";

    // Every activity source and meter of this system is named ChittyChat.<Project>.
    private const string OwnNames = "ChittyChat.*";

    /// <summary>
    /// Adds health checks, and traces, metrics and logs over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is configured.
    /// Without it no listener is attached, so activities and measurements cost nothing.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        // Five lines for each request, and an error for each time that /health says "not now", bury what matters. The services
        // themselves tell of an outage, once.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            return builder;
        }

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        builder.Services.AddOpenTelemetry()
            .WithTracing(tracing => tracing
                .AddSource(OwnNames)
                .AddAspNetCoreInstrumentation(options =>
                {
                    // The AppHost asks for health every few seconds, and the lab's page hears of every click and redraw: they would bury the traces that matter.
                    options.Filter = context => context.Request.Path != HealthPath && context.Request.Path != AlivePath;
                    options.EnableAspNetCoreSignalRSupport = false;
                    options.EnableRazorComponentsSupport = false;
                })
                .AddHttpClientInstrumentation()
                // A call is one span, not one more for its HTTP request.
                .AddGrpcClientInstrumentation(options => options.SuppressDownstreamInstrumentation = true))
            .WithMetrics(metrics => metrics.AddMeter(
                OwnNames, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime"))
            .UseOtlpExporter();
        return builder;
    }

    /// <summary>Maps <see cref="HealthPath"/> and <see cref="AlivePath"/>, in every environment: the AppHost depends on them.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks(HealthPath);
        app.MapHealthChecks(AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) });
        return app;
    }
}
