using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>An address at which a resource listens.</summary>
internal sealed class EndpointAnnotation(string name, string scheme) : IResourceAnnotation
{
    public string Name => name;

    public string UriScheme => scheme;

    /// <summary>The port asked for, or null for any free one.</summary>
    public int? Port { get; init; }

    /// <summary>The port inside a container; processes listen on <see cref="AllocatedPort"/> itself, there is no proxy.</summary>
    public int? TargetPort { get; init; }

    /// <summary>The environment variable that tells the process its port. Without one, an http endpoint goes into ASPNETCORE_URLS.</summary>
    public string? TargetPortEnvironmentVariable { get; init; }

    public int? AllocatedPort { get; set; }
}

public enum EndpointProperty
{
    Url,
    Host,
    Port,
    HostAndPort,
}

/// <summary>Names an endpoint of a resource; its address is known once the application starts.</summary>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IValueProvider, IManifestExpressionProvider
{
    public IResourceWithEndpoints Resource => owner;

    public string EndpointName => endpointName;

    public bool IsAllocated => Find()?.AllocatedPort is not null;

    public string Scheme => Require().UriScheme;

    public string Host { get; } = "localhost";

    public int Port => Require().AllocatedPort
        ?? throw new InvalidOperationException($"The endpoint '{endpointName}' of '{owner.Name}' has no port yet; the application has not started.");

    public string Url => string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{Host}:{Port}");

    string IManifestExpressionProvider.ValueExpression => $"{{{owner.Name}.bindings.{endpointName}.url}}";

    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(Url);

    private EndpointAnnotation? Find() =>
        owner.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => string.Equals(e.Name, endpointName, StringComparison.OrdinalIgnoreCase));

    private EndpointAnnotation Require() => Find()
        ?? throw new InvalidOperationException($"The resource '{owner.Name}' has no endpoint named '{endpointName}'.");
}

/// <summary>One part of an endpoint's address.</summary>
public sealed class EndpointReferenceExpression(EndpointReference endpoint, EndpointProperty property) : IValueProvider, IManifestExpressionProvider
{
    public string ValueExpression => $"{{{endpoint.Resource.Name}.bindings.{endpoint.EndpointName}.{property}}}";

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(property switch
    {
        EndpointProperty.Host => endpoint.Host,
        EndpointProperty.Port => endpoint.Port.ToString(CultureInfo.InvariantCulture),
        EndpointProperty.HostAndPort => string.Create(CultureInfo.InvariantCulture, $"{endpoint.Host}:{endpoint.Port}"),
        _ => endpoint.Url,
    });
}
