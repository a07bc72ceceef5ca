using System.Text.Json;

namespace ChittyChat.Bootstrap;

/// <summary>
/// Keeps the book as one JSON document, for development. A write goes to a second file, which is flushed to the disk and then renamed over the first, so that
/// a reader, and whoever comes after a crash, finds the old document or the new one, whole.
/// </summary>
/// <remarks>One process per file: a lock file beside it, held open, sees to that. The operating system releases it however the process ends.</remarks>
internal sealed class FileStore : IContactStore, IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly string _path;
    private FileStream? _lock;

    /// <param name="path">The document; made by the first write, as is its directory.</param>
    public FileStore(string path) => _path = Path.GetFullPath(path);

    public string Kind => StoreKinds.File;

    public string Place => _path;

    public Task<StoredBook?> ReadAsync(CancellationToken cancellationToken) => AloneAsync(() => LoadAsync(cancellationToken), cancellationToken);

    public Task<bool> TryWriteAsync(StoredBook next, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            var found = await LoadAsync(cancellationToken);
            if ((found?.Version ?? 0) != next.Version - 1)
            {
                return false;
            }

            await ReplaceAsync(StoredBookJson.Write(next), cancellationToken);
            return true;
        },
        cancellationToken);

    public void Dispose()
    {
        _lock?.Dispose();
        _gate.Dispose();
    }

    private async Task<T> AloneAsync<T>(Func<Task<T>> act, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _lock ??= TakeLock();
            return await act();
        }
        catch (JsonException e)
        {
            throw new StoreUnavailableException(
                $"The file {_path} is not a document of the bootstrap service: {e.Message} Repair it, or delete it to start with an empty list.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The file {_path} cannot be used: {e.Message}", e);
        }
        finally
        {
            _gate.Release();
        }
    }

    private FileStream TakeLock()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var path = _path + ".lock";
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException(
                $"The lock file {path} cannot be taken: {e.Message} Does another bootstrap service use the same file? Give each its own with Bootstrap__FilePath.", e);
        }
    }

    private async Task<StoredBook?> LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return StoredBookJson.Read(await File.ReadAllBytesAsync(_path, cancellationToken));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private async Task ReplaceAsync(byte[] document, CancellationToken cancellationToken)
    {
        var fresh = _path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using (var stream = new FileStream(fresh, options))
        {
            await stream.WriteAsync(document, cancellationToken);
            stream.Flush(flushToDisk: true);
        }

        File.Move(fresh, _path, overwrite: true);
    }
}
