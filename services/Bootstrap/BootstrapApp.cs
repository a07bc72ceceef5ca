using System.Security.Cryptography;
using System.Text.Json.Serialization;
using ChittyChat.BootstrapApi;
using ChittyChat.ServiceDefaults;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace ChittyChat.Bootstrap;

/// <summary>Puts the service together. Public so that the tests of others can run a real one.</summary>
public static class BootstrapApp
{
    // A contact with the longest name is under 2 kB.
    private const int MaxRequestBytes = 16 * 1024;

    /// <summary>Runs the service until it is told to stop.</summary>
    /// <returns>The exit code: 0, or 1 when the configuration is wrong.</returns>
    internal static async Task<int> RunAsync(string[] args)
    {
        try
        {
            await using var app = Create(args);
            await app.RunAsync();
            return 0;
        }
        catch (OptionsValidationException e)
        {
            await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, e.Failures));
            return 1;
        }
        catch (InvalidOperationException e) when (e.InnerException is ArgumentException or FormatException)
        {
            // A value that is not of its setting's type.
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    /// <summary>Builds the service without starting it.</summary>
    /// <param name="args">Configuration from the command line.</param>
    /// <param name="configure">What a test wants differently, for example the clock.</param>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        // Beneath every other source, so that anyone can have the lines about each request back.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = [new("Logging:LogLevel:Microsoft.AspNetCore", "Warning")] });
        builder.AddServiceDefaults();
        builder.AddContacts();
        builder.AddHttpInterface();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapDefaultEndpoints();
        app.MapOpenApi();
        app.MapContacts();
        app.MapIndexPage();
        app.LogStart();
        return app;
    }

    private static void AddContacts(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<BootstrapOptions>()
            .BindConfiguration(BootstrapOptions.Section)
            .Configure<IConfiguration>((options, configuration) => options.RedisConnectionString = configuration.GetConnectionString("redis"))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<BootstrapOptions>, BootstrapOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => new Random(RandomNumberGenerator.GetInt32(int.MaxValue)));
        services.AddSingleton<BootstrapMetrics>();
        services.AddSingleton<EntryPointList>();
        services.AddSingleton(CreateStore);
        services.AddHealthChecks().AddCheck<StoreHealth>("store");
    }

    private static void LogStart(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<BootstrapOptions>>().Value;
        var store = app.Services.GetRequiredService<IContactStore>();
        app.Logger.Starting(store.Kind, store.Place, options.MaxPeers, options.LeaseSeconds);
    }

    private static IContactStore CreateStore(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<BootstrapOptions>>().Value;
        return options.EffectiveStore switch
        {
            StoreKinds.File => new FileStore(options.FilePath),
            StoreKinds.Redis => new RedisStore(options.RedisConnectionString!, services.GetRequiredService<TimeProvider>()),
            _ => new MemoryStore(),
        };
    }

    private static void AddHttpInterface(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxRequestBytes);
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, BootstrapJsonContext.Default);
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });
        builder.Services.AddProblemDetails(problems => problems.CustomizeProblemDetails = Problems.Explain);
        builder.Services.AddExceptionHandler<ExpectedExceptions>();
        // In every environment: the text says what is wrong with the request.
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.AddOpenApi(openApi => openApi.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Chitty-Chat: bootstrap",
                Version = "v1",
                Description = "Whom to contact first: a bounded list of peers through which a newcomer finds the others. "
                    + "Errors are problem details (RFC 9457). Tokens go into 'Authorization: Bearer …'.",
            };
            return Task.CompletedTask;
        }));
    }
}
