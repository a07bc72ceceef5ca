using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public class ProjectResourceOptions
{
    /// <summary>Must be true here: launch profiles are not read.</summary>
    public bool ExcludeLaunchProfile { get; set; }
}

/// <summary>A project that was built with the AppHost; the build generates an implementation for each (eng/aspire/Aspire.targets).</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    string ProjectPath { get; }

    /// <summary>The assembly that the build made of it. The real package has no such member: it runs the project file.</summary>
    string TargetPath { get; }
}

public static class ProjectResourceBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, Action<ProjectResourceOptions> configure)
        where TProject : IProjectMetadata, new()
    {
        var options = new ProjectResourceOptions();
        configure(options);
        if (!options.ExcludeLaunchProfile)
        {
            throw new NotSupportedException($"'{name}': the local hosting layer does not read launch profiles; set ExcludeLaunchProfile.");
        }

        return builder.AddResource(new ProjectResource(name)).WithAnnotation(new TProject());
    }
}
