using System.Text;

namespace ChittyChat.CommandLine.Tests.Terminal;

public sealed class HistoryFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("history-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Lines_are_there_for_the_next_run()
    {
        Assert.Null(await Open().AppendAsync(["one", "two"], CancellationToken.None));
        Assert.Null(await Open().AppendAsync(["漢字"], CancellationToken.None));
        Assert.Equal(["one", "two", "漢字"], Open().Read());
    }

    [Fact]
    public async Task Only_its_owner_may_read_it()
    {
        await Open().AppendAsync(["one"], CancellationToken.None);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(Open().Path));
    }

    [Fact]
    public async Task It_never_grows_far_beyond_its_limit()
    {
        for (var i = 1; i <= 50; i++)
        {
            await Open(limit: 10).AppendAsync([$"line {i}"], CancellationToken.None);
            Assert.True((await File.ReadAllLinesAsync(Open().Path)).Length <= 20);
        }

        Assert.Equal(Enumerable.Range(41, 10).Select(i => $"line {i}"), Open(limit: 10).Read());
        Assert.Equal(["alice.history", "alice.history.lock"], _directory.GetFiles().Select(file => file.Name).Order());
    }

    [Fact]
    public async Task Two_writers_at_once_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 2).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.Null(await Open(limit: 500).AppendAsync([$"{writer}-{i}"], CancellationToken.None));
            }
        })));
        var lines = Open(limit: 500).Read();
        Assert.Equal(200, lines.Count);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"1-{i}"), lines.Where(line => line.StartsWith('1')));
    }

    [Fact]
    public async Task What_is_damaged_is_skipped()
    {
        await File.WriteAllBytesAsync(Open().Path, [.. "good\n"u8, 0xFF, 0xFE, .. "\nbell\a\n"u8, .. Encoding.UTF8.GetBytes(new string('x', 20_000)), .. "\ncut off"u8]);
        Assert.Equal(["good", "cut off"], Open().Read());
        await Open().AppendAsync(["new"], CancellationToken.None);
        Assert.Equal(["good", "cut off", "new"], Open().Read());
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_does_no_harm()
    {
        _directory.CreateSubdirectory("alice.history");
        Assert.Empty(Open().Read());
        Assert.NotNull(await Open().AppendAsync(["one"], CancellationToken.None));
    }

    [Fact]
    public void Every_name_has_a_file_of_its_own_in_the_directory()
    {
        string[] names = ["alice", "../../etc/passwd", "a b", ".", "..", "漢", "A/b", "%2F"];
        var paths = names.Select(name => HistoryFile.Of(_directory.FullName, name, TimeProvider.System).Path).ToArray();
        Assert.All(paths, path => Assert.Equal(_directory.FullName, Path.GetDirectoryName(path)));
        Assert.Equal(names.Length, paths.Distinct().Count());
    }

    private HistoryFile Open(int limit = 1000) => HistoryFile.Of(_directory.FullName, "alice", TimeProvider.System, limit);
}
