using System.Net;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Commands;
using ChittyChat.Peer.Options;
using ChittyChat.ServiceDefaults;

namespace ChittyChat.Peer.Attach;

/// <summary>Lets others attach to this peer.</summary>
[CommandGroup("peer")]
internal sealed class AttachCommands(AttachTokens tokens, PeerOptions options, ServicePorts ports) : ICommandSet
{
    internal const string Name = "attach";

    public void Register(CommandRegistry registry) => registry.RegisterFrom(this);

    [Command(Name, "Show the command line with which another terminal attaches to this peer; the first time, this lets others attach at all", IsLocal = true)]
    [Example("/attach", "whoever has the token in it can do what you can do here, but for files and programs")]
    public AttachDocument? Attach(CommandContext context)
    {
        if (!IPAddress.IsLoopback(options.Bind) && options.ConsoleToken is null && options.ControlToken is null)
        {
            throw new CommandException(
                "this peer is open to the network, and the token would cross it in the clear",
                "Start it with --bind 127.0.0.1, or, if you trust the network, with a token of your own in Console__Token.");
        }

        var address = $"http://{new IPEndPoint(Reachable(options.Bind), PortOf(ports))}";
        var token = tokens.ShowOrDraw();
        var line = LineOf(address, token);
        if (context.Json)
        {
            return new(address, token, line);
        }

        // In one piece, whatever the width of the terminal, so that it can be copied.
        context.Write(new StyledText("In another terminal:", Meaning.Muted));
        context.Write(line);
        return null;
    }

    private static IPAddress Reachable(IPAddress bound) =>
        bound.Equals(IPAddress.Any) ? IPAddress.Loopback : bound.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : bound;

    private static int PortOf(ServicePorts ports)
    {
        try
        {
            return ports.Grpc.Port;
        }
        catch (InvalidOperationException)
        {
            throw new CommandException("the gRPC port is not open yet", "Try again in a moment.");
        }
    }

    // The token in the environment, as others on the machine can read a command line; where a shell has no way to write that, on the command line.
    private static string LineOf(string address, string token)
    {
        var program = Environment.ProcessPath ?? "ChittyChat.Peer";
        var call = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? $"{Quote(program)} {Quote(Environment.GetCommandLineArgs()[0])} {Name} {address}"
            : $"{Quote(program)} {Name} {address}";
        return OperatingSystem.IsWindows() ? $"{call} --token {token}" : $"{AttachCommandLine.TokenVariable}={token} {call}";
    }

    private static string Quote(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"\"{path}\"" : path;

    internal sealed record AttachDocument(string Address, string Token, string CommandLine);
}
