namespace Aspire.Hosting.ApplicationModel;

/// <summary>Gives commands to resources, for the dashboard and for tests.</summary>
public sealed class ResourceCommandService(DistributedApplicationModel model, ResourceLoggerService loggers, IServiceProvider services)
{
    /// <summary>Gives the command to the resource with this id; its name will do as well.</summary>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default)
    {
        var resource = model.Resources.FirstOrDefault(r => r.GetId() == resourceId || r.Name == resourceId);
        return resource is null
            ? CommandResults.Failure($"There is no resource '{resourceId}'.")
            : await ExecuteCommandAsync(resource, commandName, cancellationToken);
    }

    public async Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default)
    {
        if (resource.Annotations.OfType<ResourceCommandAnnotation>().FirstOrDefault(c => c.Name == commandName) is not { } command)
        {
            return CommandResults.Failure($"The resource '{resource.Name}' has no command '{commandName}'.");
        }

        var logger = loggers.GetLogger(resource);
        try
        {
            var result = await command.Execute(new ExecuteCommandContext
            {
                Services = services,
                ResourceName = resource.GetId(),
                CancellationToken = cancellationToken,
                Logger = logger,
            });
            Log.CommandDone(logger, commandName, result.Success ? "succeeded" : "failed", result.Message);
            return result;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return CommandResults.Canceled();
        }
        catch (Exception e)
        {
            // Whatever a command throws, the one who gave it is told.
            Log.CommandFailed(logger, e, commandName);
            return CommandResults.Failure(e);
        }
    }
}
