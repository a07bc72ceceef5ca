using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ChittyChat.Peer.Attach;
using ChittyChat.Peer.Tests.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Peer.Tests.Attach;

/// <summary>Attached from processes of their own, without a terminal.</summary>
public sealed class AttachPipeTests
{
    private const string Token = "correct-horse";

    [Fact]
    public async Task Lines_of_standard_input_run_there_and_standard_output_has_only_what_they_say()
    {
        await using var alice = PeerProcess.StartIn(new() { ["Console__Token"] = Token }, "--name", "alice");
        var (_, grpc, _) = await alice.ListensAsync();
        await alice.JoinedAsync();
        // Two at once, one with the token on its command line.
        await using var one = AttachProcess.Start(Token, grpc);
        await using var two = AttachProcess.Start(null, $"http://{grpc}", "--token", Token);

        one.Write("/whoami --json");
        one.Write("hello from elsewhere");
        one.Write("/set who \"the one\"");
        one.Write("/echo $who");
        two.Write("/set who \"the other\"");
        two.Write("/echo $who");
        await alice.SeesAsync("hello from elsewhere");
        one.EndInput();
        two.EndInput();

        Assert.Equal((0, 0), (await one.ExitCodeAsync(), await two.ExitCodeAsync()));
        Assert.Equal("alice", JsonDocument.Parse(one.Output.First()).RootElement.GetProperty("name").GetString());
        Assert.Equal("the one", one.Output.Last());
        Assert.Equal(["the other"], two.Output);
        Assert.Equal((2, 0, 0), (one.Output.Count, one.Error.Count, two.Error.Count));
    }

    [Fact]
    public async Task The_exit_code_is_that_of_the_first_line_that_failed_and_the_others_run_all_the_same()
    {
        await using var alice = PeerProcess.StartIn(new() { ["Console__Token"] = Token }, "--name", "alice");
        var (_, grpc, _) = await alice.ListensAsync();
        await alice.JoinedAsync();
        await using var attached = AttachProcess.Start(Token, grpc);
        attached.Write("/nonsense");
        attached.Write("! id");
        attached.Write("/echo still here");
        attached.EndInput();

        Assert.Equal(2, await attached.ExitCodeAsync());
        Assert.Equal(["still here"], attached.Output);
        Assert.Equal(2, attached.Error.Count);
    }

    [Fact]
    public async Task Ctrl_C_cancels_what_runs_and_detaches_and_the_peer_lives_on()
    {
        await using var alice = PeerProcess.StartIn(new() { ["Console__Token"] = Token }, "--name", "alice");
        var (_, grpc, _) = await alice.ListensAsync();
        await alice.JoinedAsync();
        await using var attached = AttachProcess.Start(Token, grpc);
        attached.Write("/echo begun");
        attached.Write("/watch messages");
        await attached.SeesAsync("begun");

        await attached.SignalAsync("INT");

        Assert.Equal(130, await attached.ExitCodeAsync());
        alice.Write("still here");
        await alice.SeesAsync("still here");
    }

    [Fact]
    public async Task A_peer_that_dies_ends_it_with_5()
    {
        await using var alice = PeerProcess.StartIn(new() { ["Console__Token"] = Token }, "--name", "alice");
        var (_, grpc, _) = await alice.ListensAsync();
        await alice.JoinedAsync();
        await using var attached = AttachProcess.Start(Token, grpc);
        attached.Write("/echo begun");
        await attached.SeesAsync("begun");

        await alice.SignalAsync("KILL");

        Assert.Equal(AttachExitCode.Unreachable, await attached.ExitCodeAsync());
        Assert.Single(attached.Error);
    }

    [Fact]
    public async Task Each_way_not_to_be_let_in_says_what_would_be_right()
    {
        await using var alice = PeerProcess.StartIn(new() { ["Console__Token"] = Token }, "--name", "alice");
        await using var closed = PeerProcess.Start("--name", "closed");
        var (_, grpc, http) = await alice.ListensAsync();
        var (_, closedGrpc, _) = await closed.ListensAsync();
        await using var stranger = await GrpcServerAsync();
        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        var free = nobody.LocalEndpoint.ToString()!;
        nobody.Stop();

        await EndsAsync(6, $"{grpc}: The token is wrong. Give it with --token or in Console__Token; /attach at the peer's own prompt shows it.", "wrong", grpc);
        await EndsAsync(6, $"{grpc}: A token is needed", null, grpc);
        await EndsAsync(6, $"{closedGrpc}: This peer lets nobody attach. Type /attach at its own prompt", Token, closedGrpc);
        await EndsAsync(5, $"Nobody answers at {free}: Connection refused. Does the peer run, and is this its gRPC address?", Token, free);
        await EndsAsync(5, $"What listens at {http.Authority} does not speak gRPC", Token, http.Authority);
        await EndsAsync(5, $"What listens at {new Uri(stranger.Urls.Single()).Authority} has no prompt for others: it is no peer of Chitty-Chat, or one of an older version.", Token, stranger.Urls.Single());
        await EndsAsync(2, "'ftp://alice' is no address: one such as http://127.0.0.1:40123 is expected. Try attach --help.", Token, "ftp://alice");
        await EndsAsync(2, "The peer's address is missing: one such as http://127.0.0.1:40123 is expected. Try attach --help.", Token);
    }

    [Fact]
    public async Task Help_names_every_exit_code()
    {
        await using var help = AttachProcess.Start(null, "--help");

        Assert.Equal(0, await help.ExitCodeAsync());
        Assert.Contains(help.Output, line => line.Contains("attach <address> [options]", StringComparison.Ordinal));
        Assert.All([AttachExitCode.Detached, AttachExitCode.BadUsage, AttachExitCode.Unreachable, AttachExitCode.Refused],
            code => Assert.Contains(help.Output, line => line.StartsWith($"  {code}  ", StringComparison.Ordinal)));
    }

    private static async Task EndsAsync(int exitCode, string message, string? token, params string[] arguments)
    {
        await using var attached = AttachProcess.Start(token, arguments);
        var ended = await attached.ExitCodeAsync();
        Assert.StartsWith(message, Assert.Single(attached.Error), StringComparison.Ordinal);
        Assert.Equal(exitCode, ended);
        Assert.Empty(attached.Output);
    }

    // Speaks gRPC, and knows nothing of ours.
    private static async Task<WebApplication> GrpcServerAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        var app = builder.Build();
        app.MapGrpcService<Nothing>();
        await app.StartAsync();
        return app;
    }

    private sealed class Nothing : Contracts.V1.Registry.RegistryBase;
}
