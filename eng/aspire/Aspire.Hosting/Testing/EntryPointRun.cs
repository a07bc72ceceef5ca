using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>
/// A run of an AppHost's own entry point inside a test. The builder and the application that it makes are handed over: the test builds
/// and starts them when it is ready, and the entry point goes on as if it had.
/// </summary>
internal sealed class EntryPointRun(Type entryPoint, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder) : IDisposable
{
    private static readonly AsyncLocal<EntryPointRun?> Running = new();

    private readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _mayBuild = new(0);
    private bool _isAbandoned;

    /// <summary>The run that the present code is part of; null in an AppHost that was simply started.</summary>
    public static EntryPointRun? Current => Running.Value;

    /// <summary>Completes when the entry point has returned.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    public Task<DistributedApplicationBuilder> StartAsync(CancellationToken cancellationToken)
    {
        var main = entryPoint.Assembly.EntryPoint
            ?? throw new InvalidOperationException($"The assembly of {entryPoint} has no entry point.");
        Ended = Task.Factory.StartNew(() => Invoke(main), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return _builder.Task.WaitAsync(cancellationToken);
    }

    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _mayBuild.Release();
        return _application.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Lets an entry point end whose application was never built.</summary>
    public void Abandon()
    {
        if (!_application.Task.IsCompleted)
        {
            _isAbandoned = true;
            _mayBuild.Release();
        }
    }

    public void Configure(DistributedApplicationOptions options, HostApplicationBuilderSettings settings)
    {
        options.Args = settings.Args = args;
        options.AssemblyName = settings.ApplicationName = entryPoint.Assembly.GetName().Name!;
        options.DisableDashboard = true;
        options.EnableResourceLogging = true;
        settings.Configuration ??= new ConfigurationManager();
        settings.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["DcpPublisher:RandomizePorts"] = "true" });
        configureBuilder(options, settings);

        // What 'dotnet run' would have taken from the launch profile.
        var profile = ReadLaunchProfile(new AppHostAssemblyMetadata(entryPoint.Assembly).ProjectDirectory);
        settings.Configuration.AddInMemoryCollection(profile.Where(v => settings.Configuration[v.Key] is null));
    }

    public void WaitForBuild(DistributedApplicationBuilder builder)
    {
        _builder.TrySetResult(builder);
        _mayBuild.Wait();
        if (_isAbandoned)
        {
            throw new OperationCanceledException("The test ended without building the application.");
        }
    }

    public void SetApplication(DistributedApplication application) => _application.TrySetResult(application);

    public void Dispose() => _mayBuild.Dispose();

    private void Invoke(MethodInfo main)
    {
        Running.Value = this;
        try
        {
            var exitCode = main.Invoke(null, main.GetParameters().Length == 0 ? [] : [args]);
            Fail(new InvalidOperationException($"The AppHost ended, with exit code {exitCode ?? 0}, before it had built its application; its output says why."));
        }
        catch (TargetInvocationException e)
        {
            Fail(e.InnerException!);
        }
    }

    private void Fail(Exception reason)
    {
        _builder.TrySetException(reason);
        _application.TrySetException(reason);
    }

    private static Dictionary<string, string?> ReadLaunchProfile(string projectDirectory)
    {
        var variables = new Dictionary<string, string?>();
        var file = Path.Combine(projectDirectory, "Properties", "launchSettings.json");
        if (!File.Exists(file))
        {
            return variables;
        }

        using var settings = JsonDocument.Parse(File.ReadAllText(file));
        var profile = settings.RootElement.GetProperty("profiles").EnumerateObject().First().Value;
        foreach (var variable in profile.GetProperty("environmentVariables").EnumerateObject())
        {
            variables[variable.Name] = variable.Value.GetString();
            // The host takes its own settings with and without the prefix.
            if (variable.Name.StartsWith("DOTNET_", StringComparison.Ordinal))
            {
                variables[variable.Name["DOTNET_".Length..]] = variable.Value.GetString();
            }
        }

        return variables;
    }
}
