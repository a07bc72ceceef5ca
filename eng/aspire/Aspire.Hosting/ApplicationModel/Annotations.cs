using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The id under which DCP, the dashboard and the telemetry know the resource: its name and a suffix drawn at each start.</summary>
internal sealed class InstanceAnnotation(string name) : IResourceAnnotation
{
    public string Suffix { get; } = RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz", 8);

    public string Id => $"{name}-{Suffix}";
}

/// <summary>Adds environment variables when the resource starts; a value is a string or an <see cref="IValueProvider"/>.</summary>
internal sealed record EnvironmentAnnotation(Action<IDictionary<string, object>> Add) : IResourceAnnotation;

internal sealed record ArgsAnnotation(IReadOnlyList<string> Args) : IResourceAnnotation;

internal sealed record WaitAnnotation(IResource Dependency) : IResourceAnnotation;

internal sealed record ExplicitStartAnnotation : IResourceAnnotation;

internal sealed record HealthCheckAnnotation(string Key) : IResourceAnnotation;

internal sealed record RelationshipAnnotation(IResource Resource, string Type) : IResourceAnnotation;

internal sealed record InitialStateAnnotation(CustomResourceSnapshot Snapshot) : IResourceAnnotation;

internal sealed record UrlAnnotation(string EndpointName, Action<ResourceUrlAnnotation> Change) : IResourceAnnotation;

/// <summary>How a URL of a resource is shown.</summary>
public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
    public required string Url { get; set; }

    public string? DisplayText { get; set; }

    public UrlDisplayLocation DisplayLocation { get; set; }
}

public enum UrlDisplayLocation
{
    SummaryAndDetails,
    DetailsOnly,
}

internal static class AnnotationExtensions
{
    public static string GetId(this IResource resource) => resource.Annotations.OfType<InstanceAnnotation>().Single().Id;

    public static bool Has<T>(this IResource resource) where T : IResourceAnnotation => resource.Annotations.OfType<T>().Any();
}
