using ChittyChat.Peer.Commands;
using ChittyChat.Peer.Tests.Host;
using ChittyChat.TestSupport;

namespace ChittyChat.Peer.Tests.Commands;

/// <summary>What is written about the commands, compared with what there is.</summary>
public sealed class CommandsPageTests
{
    [Fact]
    public async Task The_page_about_the_commands_is_what_the_registry_says()
    {
        await using var peer = LocalPeer.Unstarted("alice");
        var written = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "commands.md"));
        var registered = CommandsPage.Write(peer.Commands.Registry);
        if (written != registered)
        {
            Assert.Fail(
                $"docs/commands.md is not up to date. Run: dotnet run --project services/Peer -- commands --markdown > docs/commands.md\n{FirstDifference(written, registered)}");
        }
    }

    [Fact]
    public async Task Help_lists_every_command_and_every_command_that_the_page_names_for_another_exists()
    {
        await using var peer = LocalPeer.Unstarted("alice");
        var registry = peer.Commands.Registry;
        var help = await peer.ExecuteAsync("/help");
        Assert.All(registry.Commands, command => Assert.Contains($"/{command.Name} ", help, StringComparison.Ordinal));

        var page = CommandsPage.Write(registry);
        var mapping = page[page.IndexOf("| There | Here |", StringComparison.Ordinal)..].Split('\n').Select(row => row.Split('|')).Where(cells => cells.Length == 4);
        var named = mapping.SelectMany(cells => cells[2].Split('`').Where(part => part.StartsWith('/'))).Select(name => name[1..].Replace(" *", "", StringComparison.Ordinal)).ToArray();
        Assert.True(named.Length > 30, "the table names hardly any commands");
        Assert.All(named, name => Assert.True(registry.Find(name) is not null || registry.Commands.Any(c => c.Name == name), $"/{name} is in the table, but there is no such command"));
    }

    private static string FirstDifference(string written, string registered)
    {
        var (left, right) = (written.Split('\n'), registered.Split('\n'));
        var at = Enumerable.Range(0, Math.Max(left.Length, right.Length)).First(i => left.ElementAtOrDefault(i) != right.ElementAtOrDefault(i));
        return $"line {at + 1}: '{left.ElementAtOrDefault(at)}' instead of '{right.ElementAtOrDefault(at)}'";
    }
}
