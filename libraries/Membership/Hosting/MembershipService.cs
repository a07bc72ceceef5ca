using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChittyChat.Membership.Hosting;

/// <summary>A node with the lifetime of its host.</summary>
internal sealed class MembershipService(IOptions<MembershipOptions> options, TimeProvider? time, ILoggerFactory? loggers, IReadOnlyList<string> seeds)
    : IHostedService, IAsyncDisposable
{
    private MembershipNode? _node;

    /// <exception cref="InvalidOperationException">The host has not started.</exception>
    public MembershipNode Node => _node ?? throw new InvalidOperationException("The membership node is there when the host has started.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _node = await MembershipNode.StartAsync(options.Value, time, null, loggers, null, cancellationToken);
        if (seeds.Count > 0)
        {
            await _node.JoinAsync(seeds, cancellationToken);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_node is not null)
        {
            await _node.LeaveAsync(cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Reports all that is wrong with the options at once, when the host starts.</summary>
internal sealed class MembershipOptionsValidator : IValidateOptions<MembershipOptions>
{
    public ValidateOptionsResult Validate(string? name, MembershipOptions options)
    {
        var errors = options.Validate();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
