using System.Text.Json;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>A peer whose standard input is a pipe.</summary>
public sealed class PipeTests
{
    [Fact]
    public async Task Standard_output_of_a_pipe_that_is_worked_off_has_the_answers_and_nothing_else()
    {
        await using var alice = PeerProcess.Start("--name", "alice", "--quit-at-eof");
        alice.Write("hello");
        alice.Write("/members --json");
        alice.Write("/history 1 --json");
        alice.EndInput();
        Assert.Equal(0, await alice.ExitCodeAsync());

        Assert.Equal(2, alice.Output.Count);
        Assert.All(alice.Output, line => JsonDocument.Parse(line).Dispose());
        Assert.Contains(alice.Output, line => line.Contains("\"name\":\"alice\"", StringComparison.Ordinal));
        Assert.Contains(alice.Error, line => line.Contains("deliver alice", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_exit_code_is_that_of_the_first_line_that_failed_and_the_other_lines_run_all_the_same()
    {
        await using var alice = PeerProcess.Start("--name", "alice", "--quit-at-eof");
        alice.Write("/nonsense");
        alice.Write(new string('x', 129));
        alice.Write("/echo still here");
        alice.EndInput();

        const int Usage = 2;
        Assert.Equal(Usage, await alice.ExitCodeAsync());
        Assert.Equal(["still here"], alice.Output);
        Assert.DoesNotContain(alice.Error.Concat(alice.Output), line => line.Contains('\e'));
    }

    [Fact]
    public async Task A_script_runs_before_the_pipe_and_a_failing_line_names_its_place()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "# a test\nfrom the script\n/wait message \"from the script\"\n/expect members 2\n/echo never\n");
            await using var alice = PeerProcess.Start("--name", "alice", "--script", file, "--quit-at-eof");
            alice.EndInput();
            Assert.Equal(1, await alice.ExitCodeAsync());
            Assert.Contains(alice.Error, line => line.Contains($"{file}:4: expected members 2, but: 1 alive (alice)", StringComparison.Ordinal));
            Assert.Empty(alice.Output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task What_is_piped_in_is_published_and_the_end_of_it_ends_the_peer_only_when_asked_to()
    {
        await using var alice = await PeerProcess.JoinAsync("alice");
        alice.EndInput();

        await using var bob = PeerProcess.Start("--name", "bob", "--join", alice.Gossip, "--quit-at-eof");
        bob.Write("first");
        bob.Write("second");
        bob.EndInput();

        Assert.Equal(0, await bob.ExitCodeAsync());
        await alice.SeesAsync("first");
        await alice.SeesAsync("second");
        await alice.SeesLeftAsync("bob");
        await alice.SignalAsync("TERM");
        Assert.Equal(0, await alice.ExitCodeAsync());
    }
}
