namespace ChittyChat.AppHost;

/// <summary>All peers together: nothing runs behind it, but peers are added and removed here.</summary>
internal sealed class PeersResource(string name) : Resource(name)
{
    /// <summary>The peers, in the order in which they are added.</summary>
    public List<ProjectResource> Members { get; } = [];
}
