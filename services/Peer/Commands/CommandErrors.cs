using ChittyChat.BootstrapApi;
using ChittyChat.CommandLine;
using ChittyChat.Membership;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Membership;
using ChittyChat.Peer.Registry;
using Grpc.Core;

namespace ChittyChat.Peer.Commands;

/// <summary>What commands need of the peer's state, and what to tell a person when it is not there.</summary>
internal static class CommandErrors
{
    public static GossipView RequireView(this PeerLifecycle lifecycle) => lifecycle.View ?? throw NotInCluster(lifecycle);

    public static MembershipNode RequireNode(this PeerLifecycle lifecycle) => lifecycle.Stay?.Node ?? throw NotInCluster(lifecycle);

    /// <summary>The member of a name, as the gossip has it.</summary>
    public static ChatMember RequireMember(this PeerLifecycle lifecycle, string name)
    {
        var members = lifecycle.RequireView().Members;
        return members.FirstOrDefault(member => member.Name == name)
            ?? throw new CommandException($"there is no member \"{name}\"", $"There are {string.Join(", ", members.Select(member => member.Name))}.");
    }

    /// <summary>Calls a service, and puts its failure into words.</summary>
    public static async Task<T> ExplainedAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (BootstrapException e)
        {
            throw new CommandException(e.Message.TrimEnd('.'));
        }
        catch (RpcException e)
        {
            throw new CommandException($"the registry did not do it: {RegistryLease.Reason(e)}", "The peer goes on without it.");
        }
        catch (MembershipException e)
        {
            throw new CommandException(e.Message.TrimEnd('.'));
        }
        catch (PeerStageException e)
        {
            throw new CommandException(e.Message.TrimEnd('.'));
        }
    }

    /// <inheritdoc cref="ExplainedAsync{T}(Func{Task{T}})"/>
    public static Task ExplainedAsync(Func<Task> call) => ExplainedAsync(async () =>
    {
        await call();
        return true;
    });

    private static CommandException NotInCluster(PeerLifecycle lifecycle) => lifecycle.Stage == PeerStage.Left
        ? new("this peer has left the cluster", "/rejoin brings it back.")
        : new("the gossip is not open yet", "Try again in a moment.");
}
