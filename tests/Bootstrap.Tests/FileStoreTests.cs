using ChittyChat.BootstrapApi;

namespace ChittyChat.Bootstrap.Tests;

public sealed class FileStoreTests : ContactStoreContract
{
    private static readonly BootstrapConfig Rules = new() { MaxPeers = 1000, MinRefillCandidates = 1, LeaseSeconds = 30 };

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("chittychat-bootstrap-");
    private readonly FileStore _store;

    public FileStoreTests() => _store = new FileStore(FilePath);

    private string FilePath => Path.Combine(_directory.FullName, "made", "bootstrap.json");

    private protected override IContactStore Open() => _store;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _store.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task The_next_process_finds_what_this_one_wrote()
    {
        await _store.TryWriteAsync(new StoredBook(1, new ContactBook(Rules, [])), CancellationToken.None);
        _store.Dispose();

        using var next = new FileStore(FilePath);

        Assert.Equal(Rules, (await next.ReadAsync(CancellationToken.None))!.Book.Config);
    }

    [Fact]
    public async Task Two_processes_cannot_use_the_same_file()
    {
        await _store.ReadAsync(CancellationToken.None);
        using var second = new FileStore(FilePath);

        var e = await Assert.ThrowsAsync<StoreUnavailableException>(() => second.ReadAsync(CancellationToken.None));

        Assert.Contains("Does another bootstrap service use the same file?", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_never_sees_half_a_document()
    {
        const int Enough = 6;
        var distinct = 0;
        await _store.TryWriteAsync(VersionOf(1), CancellationToken.None);

        var reading = Task.Run(() =>
        {
            var versions = new HashSet<long>();
            while (versions.Count < Enough)
            {
                var seen = StoredBookJson.Read(File.ReadAllBytes(FilePath));
                Assert.Equal(VersionOf(seen.Version).Book.Contacts.Length, seen.Book.Contacts.Length);
                versions.Add(seen.Version);
                Volatile.Write(ref distinct, versions.Count);
            }
        });
        // Written until the reader has seen enough, however seldom it gets to look.
        for (var version = 2; version <= 60 || !reading.IsCompleted; version++)
        {
            Assert.True(await _store.TryWriteAsync(VersionOf(version), CancellationToken.None));
            Assert.True(version < 100_000, $"The reader saw only {Volatile.Read(ref distinct)} of {version} versions.");
        }

        await reading;

        // Documents of many lengths.
        static StoredBook VersionOf(long version) => new(version, BookOf((int)(version % 60 * 10)));
    }

    [Fact]
    public async Task What_a_crash_left_of_a_write_is_ignored_and_overwritten()
    {
        await _store.TryWriteAsync(new StoredBook(1, BookOf(1)), CancellationToken.None);
        await File.WriteAllTextAsync(FilePath + ".new", """{ "version": 2, "conf""");

        Assert.Equal(1, (await _store.ReadAsync(CancellationToken.None))!.Version);
        Assert.True(await _store.TryWriteAsync(new StoredBook(2, BookOf(2)), CancellationToken.None));

        Assert.Equal(2, (await _store.ReadAsync(CancellationToken.None))!.Book.Contacts.Length);
        Assert.False(File.Exists(FilePath + ".new"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"version":1,"config":{"maxPeers":3,"minRefillCandidates":2,"leaseSeconds":30}}""")]
    [InlineData("""{"version":1,"config":null,"contacts":[]}""")]
    [InlineData("""{"version":0,"config":{"maxPeers":3,"minRefillCandidates":2,"leaseSeconds":30},"contacts":[]}""")]
    [InlineData("""{"version":1,"config":{"maxPeers":0,"minRefillCandidates":2,"leaseSeconds":30},"contacts":[]}""")]
    [InlineData("""{"version":1,"config":{"maxPeers":3,"minRefillCandidates":2,"leaseSeconds":30},"contacts":[null]}""")]
    public async Task A_corrupt_file_is_an_error_that_names_it_and_never_an_empty_list(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        await File.WriteAllTextAsync(FilePath, content);

        var e = await Assert.ThrowsAsync<StoreUnavailableException>(() => _store.ReadAsync(CancellationToken.None));
        Assert.StartsWith($"The file {FilePath} is not a document of the bootstrap service: ", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("Repair it, or delete it to start with an empty list.", e.Message, StringComparison.Ordinal);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => _store.TryWriteAsync(new StoredBook(1, BookOf(1)), CancellationToken.None));
        Assert.Equal(content, await File.ReadAllTextAsync(FilePath));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_an_error()
    {
        Directory.CreateDirectory(FilePath);

        var e = await Assert.ThrowsAsync<StoreUnavailableException>(() => _store.ReadAsync(CancellationToken.None));

        Assert.StartsWith($"The file {FilePath} cannot be used: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_its_owner_may_read_the_file()
    {
        await _store.TryWriteAsync(new StoredBook(1, BookOf(1)), CancellationToken.None);

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        }
    }

    private static ContactBook BookOf(int contacts) => new(Rules, Enumerable.Range(0, contacts).Select(i => new StoredContact
    {
        Id = $"peer-{i}",
        Name = "n",
        Address = "a:1",
        Since = default,
        LeaseExpires = DateTimeOffset.MaxValue,
        Token = TokenHash.Of("t"),
    }));
}
