using System.Globalization;
using System.Net.Sockets;
using ChittyChat.Membership;
using ChittyChat.Peer.Attach;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Commands;
using ChittyChat.Peer.Control;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Options;
using ChittyChat.Peer.Prompt;
using ChittyChat.Peer.Testing;
using ChittyChat.ServiceDefaults;
using Microsoft.Extensions.Logging.Console;

namespace ChittyChat.Peer;

/// <summary>One peer as a program: from the arguments to the exit code.</summary>
internal static class PeerHost
{
    private const string ServiceNameKey = "OTEL_SERVICE_NAME";

    /// <summary>Runs a peer until it leaves.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="console">The standard streams.</param>
    /// <param name="random">The one source of randomness of the process.</param>
    public static async Task<int> RunAsync(string[] arguments, PeerConsole console, Random random)
    {
        if (arguments is ["commands", "--markdown"])
        {
            // For the documentation: the commands of a peer that is made, and never started.
            await using var unstarted = Build(new Dictionary<string, string?> { [PeerSettings.Plain.Key] = bool.TrueString }, console, random);
            console.Write(CommandsPage.Write(unstarted.Services.GetRequiredService<PeerCommands>().Registry));
            return (int)ExitCode.Left;
        }

        await using var output = new StringWriter();
        var (settings, exitCode) = new PeerCommandLine().Read(arguments, output, console.Error);
        if (settings is null)
        {
            console.Write(output.ToString());
            return (int)exitCode;
        }

        try
        {
            await using var app = Build(settings, console, random);
            var outcome = app.Services.GetRequiredService<PeerOutcome>();
            await ServeAsync(app, outcome);
            if (outcome.Message is { } message)
            {
                await console.Error.WriteLineAsync(message);
            }

            return outcome.ExitCode;
        }
        catch (PeerSettingsException e)
        {
            await console.Error.WriteLineAsync($"{e.Message} Try --help.");
            return (int)ExitCode.BadUsage;
        }
        catch (PeerStartException e)
        {
            await console.Error.WriteLineAsync(e.Message);
            return (int)e.ExitCode;
        }
    }

    private static async Task ServeAsync(WebApplication app, PeerOutcome outcome)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            outcome.Fail(ExitCode.CannotOpen, $"Cannot listen on {app.Services.GetRequiredService<PeerOptions>().Bind}: {e.Message}");
            return;
        }

        await app.WaitForShutdownAsync();
    }

    /// <summary>Composes a peer.</summary>
    /// <param name="settings">Configuration that outweighs the environment.</param>
    /// <param name="console">The standard streams.</param>
    /// <param name="random">The one source of randomness of the process.</param>
    /// <param name="configure">Changes for a test; null for none.</param>
    /// <exception cref="PeerSettingsException">A setting is wrong.</exception>
    /// <exception cref="PeerStartException">The chat log cannot be opened.</exception>
    public static WebApplication Build(
        IReadOnlyDictionary<string, string?> settings, PeerConsole console, Random random, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            // Not the working directory: an appsettings.json that happens to lie there is somebody else's. And nothing watches files for changes.
            ContentRootPath = AppContext.BaseDirectory,
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
        builder.Configuration.AddInMemoryCollection(settings);
        var options = PeerSettings.Read(builder.Configuration, settings, random);
        if (string.IsNullOrEmpty(builder.Configuration[ServiceNameKey]))
        {
            builder.Configuration[ServiceNameKey] = options.Name;
        }

        UsePorts(builder, options);
        // What is written to the console is decided below; OTLP, which the defaults add, stays.
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        AddPeer(builder.Services, options, console, random);
        builder.AddCommands();
        builder.Services.AddRemotePrompt();
        AddLogs(builder, options, console);
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapStatus().MapControl().MapChat().MapRemotePrompt();
        return app;
    }

    private static void UsePorts(WebApplicationBuilder builder, PeerOptions options)
    {
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, PeerSettings.HttpUrls(builder.Configuration, options));
        try
        {
            builder.AddGrpcPort(options.Bind);
        }
        catch (InvalidOperationException e)
        {
            // ASPNETCORE_URLS, which is not one of this program's own settings.
            throw new PeerSettingsException(e.Message);
        }
    }

    private static void AddPeer(IServiceCollection services, PeerOptions options, PeerConsole console, Random random)
    {
        services.AddSingleton(TimeProvider.System).AddSingleton(random).AddSingleton(options).AddSingleton(console);
        services.AddSingleton<PeerOutcome>().AddSingleton(CrashSwitch.OfProcess);
        services.AddChat();
        services.Configure<ChatOptions>(chat => (chat.Name, chat.History) = (options.Name, options.History));
        services.Configure<HostOptions>(host => host.ShutdownTimeout = PeerLifecycle.GoodbyeTimeout + TimeSpan.FromSeconds(1));
        services.AddHealthChecks().AddCheck<JoinedCheck>("joined");

        // The prompt first: it starts before everything else, and stops after it.
        services.AddHostedService<PromptService>();
        services.AddTesting();
        services.AddSingleton<PeerLifecycle>();
        services.AddHostedService(provider => provider.GetRequiredService<PeerLifecycle>());
    }

    private static void AddLogs(WebApplicationBuilder builder, PeerOptions options, PeerConsole console)
    {
        var (services, logging) = (builder.Services, builder.Logging);
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("ChittyChat", LogLevel.Information);
        // The peer tells of its ports and of its members itself, in the words of the chat.
        logging.AddFilter(typeof(ServicePorts).FullName, LogLevel.Warning);
        logging.AddFilter(typeof(MembershipNode).Namespace, LogLevel.Warning);
        // What ends a start is told in one line and by the exit code.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        if (console.CanEdit && !options.Plain)
        {
            var file = options.LogFile ?? Path.Combine(Path.GetTempPath(), string.Create(
                CultureInfo.InvariantCulture, $"chitty-chat-{options.Name}-{TimeProvider.System.GetLocalNow():yyyyMMdd-HHmmss}-{Environment.ProcessId}.log"));
            services.AddSingleton<IChatLog>(_ => new ChatLogWriter(OpenLog(file, isNew: options.LogFile is null)));
            // Not owned by the container: the prompt is there before it, and shows the goodbye.
            var prompt = new PeerPrompt(
                options.Name,
                [$"Chitty-Chat {PeerLifecycle.Version}: you are {options.Name}. /help says what you can do here.", $"Chat log: {file}"],
                console.HasColours,
                TimeProvider.System);
            services.AddSingleton(prompt);
            services.AddSingleton<IChatLog>(new ScreenLog(prompt.Line));
            services.AddSingleton<ILoggerProvider>(_ => new ScreenLoggerProvider(prompt.Line));
        }
        else
        {
            // A pipe that is worked off wants nothing but its answers on standard output.
            var isBatch = options.QuitAtEof;
            services.AddSingleton<IChatLog>(_ => new ChatLogWriter(
                options.LogFile is { } file ? OpenLog(file, isNew: false) : isBatch ? console.ErrorStream : console.Output));
            services.Configure<ConsoleLoggerOptions>(format => format.LogToStandardErrorThreshold = isBatch ? LogLevel.Trace : LogLevel.None);
            logging.AddSimpleConsole(format => (format.SingleLine, format.ColorBehavior) = (true, LoggerColorBehavior.Disabled));
        }
    }

    private static FileStream OpenLog(string path, bool isNew)
    {
        try
        {
            // Others may read along. A new file in a public directory must not be something that lies there already.
            return new FileStream(path, isNew ? FileMode.CreateNew : FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new PeerStartException(ExitCode.CannotOpen, $"The chat log '{path}' cannot be opened: {e.Message}");
        }
    }
}
