using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Proto;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Aspire.Hosting.Dashboard;

/// <summary>Answers the dashboard: what there is, what it writes, and what is to be done with it.</summary>
internal sealed class DashboardService(
    string applicationName,
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    ResourceCommandService commands,
    ResourceLoggerService loggers,
    CancellationToken stopping) : Proto.DashboardService.DashboardServiceBase
{
    public override Task<ApplicationInformationResponse> GetApplicationInformation(ApplicationInformationRequest request, ServerCallContext context) =>
        Task.FromResult(new ApplicationInformationResponse { ApplicationName = applicationName });

    public override Task WatchResources(
        WatchResourcesRequest request, IServerStreamWriter<WatchResourcesUpdate> responseStream, ServerCallContext context) => UntilStoppedAsync(context, async cancellationToken =>
    {
        // The dashboard keeps what it knows by name, so the states that are there already may come as changes to an empty beginning.
        await responseStream.WriteAsync(new WatchResourcesUpdate { InitialData = new InitialResourceData() }, cancellationToken);
        await foreach (var change in notifications.WatchAsync(cancellationToken))
        {
            var changes = new WatchResourcesChanges { Value = { new WatchResourcesChange { Upsert = ResourceMapping.ToProto(change) } } };
            await responseStream.WriteAsync(new WatchResourcesUpdate { Changes = changes }, cancellationToken);
        }
    });

    public override Task WatchResourceConsoleLogs(
        WatchResourceConsoleLogsRequest request, IServerStreamWriter<WatchResourceConsoleLogsUpdate> responseStream, ServerCallContext context) => UntilStoppedAsync(context, async cancellationToken =>
    {
        var resource = model.Resources.FirstOrDefault(r => r.GetId() == request.ResourceName)
            ?? throw new RpcException(new Status(StatusCode.NotFound, $"There is no resource '{request.ResourceName}'."));
        await foreach (var lines in loggers.ReadAsync(resource, follow: !request.SuppressFollow).WithCancellation(cancellationToken))
        {
            var update = new WatchResourceConsoleLogsUpdate();
            update.LogLines.AddRange(lines.Select(l => new ConsoleLogLine { Text = l.Content, IsStdErr = l.IsErrorMessage, LineNumber = l.LineNumber }));
            await responseStream.WriteAsync(update, cancellationToken);
        }
    });

    public override async Task<ResourceCommandResponse> ExecuteResourceCommand(ResourceCommandRequest request, ServerCallContext context)
    {
        var result = await commands.ExecuteCommandAsync(request.ResourceName, request.CommandName, context.CancellationToken);
        var response = new ResourceCommandResponse
        {
            Kind = result.Success ? ResourceCommandResponseKind.Succeeded
                : result.Canceled ? ResourceCommandResponseKind.Cancelled
                : ResourceCommandResponseKind.Failed,
        };
        if (result.Message is { } message)
        {
            response.Message = message;
        }

        return response;
    }

    public override Task WatchInteractions(
        IAsyncStreamReader<WatchInteractionsRequestUpdate> requestStream, IServerStreamWriter<WatchInteractionsResponseUpdate> responseStream, ServerCallContext context) =>
        // Nothing here ever asks the user anything.
        UntilStoppedAsync(context, cancellationToken => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken));

    // The dashboard keeps its streams open for as long as it lives, longer than the AppHost wants to.
    private async Task UntilStoppedAsync(ServerCallContext context, Func<CancellationToken, Task> stream)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        try
        {
            await stream(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Whoever hung up, this is the end of the stream.
        }
    }
}

internal static class ResourceMapping
{
    public static Proto.Resource ToProto(ResourceEvent change)
    {
        var snapshot = change.Snapshot;
        var resource = new Proto.Resource
        {
            Name = change.ResourceId,
            ResourceType = snapshot.ResourceType,
            DisplayName = change.Resource.Name,
            Uid = change.ResourceId,
            State = snapshot.State?.Text ?? "",
            StateStyle = snapshot.State?.Style ?? "",
            CreatedAt = ToTimestamp(snapshot.CreationTimeStamp),
            StartedAt = ToTimestamp(snapshot.StartTimeStamp),
            StoppedAt = ToTimestamp(snapshot.StopTimeStamp),
            IsHidden = change.Resource.Name == DashboardSettings.ResourceName,
        };
        resource.Environment.AddRange(snapshot.EnvironmentVariables.Select(e => new EnvironmentVariable { Name = e.Name, Value = e.Value ?? "", IsFromSpec = e.IsFromSpec }));
        resource.Properties.AddRange(snapshot.Properties.Select(p => new ResourceProperty { Name = p.Name, Value = ToValue(p.Value) }));
        resource.Relationships.AddRange(snapshot.Relationships.Select(r => new ResourceRelationship { ResourceName = r.ResourceName, Type = r.Type }));
        resource.Urls.AddRange(snapshot.Urls.Select(u => new Url
        {
            EndpointName = u.Name ?? "",
            FullUrl = u.Url,
            IsInternal = u.IsInternal,
            IsInactive = u.IsInactive,
            DisplayProperties = new UrlDisplayProperties { DisplayName = u.DisplayProperties.DisplayName, SortOrder = u.DisplayProperties.SortOrder },
        }));
        resource.Commands.AddRange(snapshot.Commands.Select(ToProto));
        resource.HealthReports.AddRange(snapshot.HealthReports.Select(ToProto));
        return resource;
    }

    private static ResourceCommand ToProto(ResourceCommandSnapshot snapshot)
    {
        var options = snapshot.Command.Options;
        return new ResourceCommand
        {
            Name = snapshot.Name,
            DisplayName = snapshot.Command.DisplayName,
            DisplayDescription = options.Description ?? "",
            ConfirmationMessage = options.ConfirmationMessage ?? "",
            IconName = options.IconName ?? "",
            IconVariant = options.IconVariant == ApplicationModel.IconVariant.Filled ? Proto.IconVariant.Filled : Proto.IconVariant.Regular,
            IsHighlighted = options.IsHighlighted,
            State = snapshot.State switch
            {
                ApplicationModel.ResourceCommandState.Enabled => Proto.ResourceCommandState.Enabled,
                ApplicationModel.ResourceCommandState.Disabled => Proto.ResourceCommandState.Disabled,
                _ => Proto.ResourceCommandState.Hidden,
            },
        };
    }

    private static HealthReport ToProto(HealthReportSnapshot report)
    {
        var proto = new HealthReport
        {
            Key = report.Name,
            Description = report.Description ?? "",
            Exception = report.ExceptionText ?? "",
            LastRunAt = ToTimestamp(report.LastRunAt),
        };
        if (report.Status is { } status)
        {
            proto.Status = status switch
            {
                Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy => HealthStatus.Healthy,
                Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded => HealthStatus.Degraded,
                _ => HealthStatus.Unhealthy,
            };
        }

        return proto;
    }

    private static Timestamp? ToTimestamp(DateTime? time) => time is { } known ? Timestamp.FromDateTime(known) : null;

    private static Value ToValue(object? value) => value switch
    {
        null => Value.ForNull(),
        int number => Value.ForNumber(number),
        IEnumerable<string> list => Value.ForList([.. list.Select(Value.ForString)]),
        _ => Value.ForString(value.ToString()),
    };
}
