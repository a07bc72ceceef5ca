using System.Globalization;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>What a resource is started with: everything that was said about it, resolved.</summary>
internal sealed record ResourceSpec(string Path, string WorkingDirectory, IReadOnlyList<string> Args, IReadOnlyDictionary<string, string> Environment)
{
    public static async Task<ResourceSpec> ResolveAsync(IResource resource, IReadOnlyDictionary<string, string> telemetry, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, object>();
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            if (endpoint.TargetPortEnvironmentVariable is { } variable)
            {
                values[variable] = endpoint.AllocatedPort!.Value.ToString(CultureInfo.InvariantCulture);
            }
        }

        if (resource is ProjectResource project)
        {
            foreach (var (name, value) in telemetry)
            {
                values[name] = value;
            }

            values["OTEL_SERVICE_NAME"] = resource.Name;
            values["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={resource.Annotations.OfType<InstanceAnnotation>().Single().Suffix}";
            values["DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION"] = "true";
            values["ASPNETCORE_URLS"] = string.Join(';', resource.Annotations.OfType<EndpointAnnotation>()
                .Where(e => e is { UriScheme: "http", TargetPortEnvironmentVariable: null }).Select(e => new EndpointReference(project, e.Name).Url));
        }

        foreach (var annotation in resource.Annotations.OfType<EnvironmentAnnotation>())
        {
            annotation.Add(values);
        }

        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in values)
        {
            environment[name] = (value is IValueProvider provider ? await provider.GetValueAsync(cancellationToken) : (string)value) ?? "";
        }

        var args = resource.Annotations.OfType<ArgsAnnotation>().SelectMany(a => a.Args);
        return resource switch
        {
            ProjectResource => OfProject(resource.Annotations.OfType<IProjectMetadata>().Single(), args, environment),
            ExecutableResource executable => new ResourceSpec(executable.Command, executable.WorkingDirectory, [.. args], environment),
            ContainerResource container => new ResourceSpec(container.Image, "", [.. args], environment),
            _ => throw new NotSupportedException($"'{resource.Name}' is nothing that can be started."),
        };
    }

    public JsonObject ToDcp(IResource resource)
    {
        var spec = new JsonObject
        {
            ["args"] = new JsonArray([.. Args.Select(a => JsonValue.Create(a))]),
            ["env"] = new JsonArray([.. Environment.Select(e => new JsonObject { ["name"] = e.Key, ["value"] = e.Value })]),
        };
        if (resource is ContainerResource container)
        {
            spec["image"] = Path;
            spec["command"] = container.Entrypoint;
            spec["ports"] = new JsonArray([.. resource.Annotations.OfType<EndpointAnnotation>().Select(e => new JsonObject
            {
                ["containerPort"] = e.TargetPort,
                ["hostPort"] = e.AllocatedPort,
                ["hostIP"] = "127.0.0.1",
                ["protocol"] = "TCP",
            })]);
        }
        else
        {
            spec["executablePath"] = Path;
            spec["workingDirectory"] = WorkingDirectory;
            spec["executionType"] = "Process";
            spec["ambientEnvironment"] = new JsonObject { ["behavior"] = "Inherit" };
        }

        return spec;
    }

    public IEnumerable<ResourcePropertySnapshot> Properties(IResource resource) => resource switch
    {
        ProjectResource => [],
        ContainerResource => [new("container.image", Path)],
        _ => [new("executable.path", Path), new("executable.workDir", WorkingDirectory), new("executable.args", Args)],
    };

    private static ResourceSpec OfProject(IProjectMetadata project, IEnumerable<string> args, Dictionary<string, string> environment)
    {
        if (!File.Exists(project.TargetPath))
        {
            throw new DistributedApplicationException($"{project.TargetPath} is not there; build the AppHost, which builds what it starts.");
        }

        // Run from the project's folder, as 'dotnet run' does: that is where its appsettings and wwwroot are.
        var directory = System.IO.Path.GetDirectoryName(project.ProjectPath)!;
        return new ResourceSpec(System.Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", directory, [project.TargetPath, .. args], environment);
    }
}
