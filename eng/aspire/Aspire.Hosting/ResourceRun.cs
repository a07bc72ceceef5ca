using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;

namespace Aspire.Hosting;

/// <summary>A resource that DCP runs, and what belongs to its present run.</summary>
internal sealed class ResourceRun(IResource resource) : IDisposable
{
    private int _starts;

    public IResource Resource => resource;

    /// <summary>Held by whoever starts or stops the resource.</summary>
    public SemaphoreSlim Gate { get; } = new(1);

    public string Kind => resource is ContainerResource ? DcpClient.Containers : DcpClient.Executables;

    /// <summary>What DCP calls the present run; null until the first start.</summary>
    public string? DcpName { get; private set; }

    public int? Pid { get; set; }

    public bool IsRunning { get; set; }

    public bool HasEnded { get; set; }

    /// <summary>Whether the console of the present run is being read.</summary>
    public bool ReadsLog { get; set; }

    /// <summary>Ends the health checks of the present run.</summary>
    public CancellationTokenSource? Health { get; set; }

    /// <summary>Names the next run: DCP forgets the name of the old one only some time after it was deleted.</summary>
    public string Next()
    {
        (Pid, IsRunning, HasEnded, ReadsLog) = (null, false, false, false);
        return DcpName = _starts++ == 0 ? resource.GetId() : $"{resource.GetId()}-{_starts}";
    }

    public void StopHealth()
    {
        Health?.Cancel();
        Health?.Dispose();
        Health = null;
    }

    public void Dispose()
    {
        StopHealth();
        Gate.Dispose();
    }
}
