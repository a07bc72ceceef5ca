using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>
/// A file that keeps the lines entered at a prompt, one a row, oldest first. Several processes may use one: each adds its lines behind those of the others.
/// Only its owner may read it.
/// </summary>
/// <remarks>Nothing that is wrong with the file or its directory reaches the prompt: what cannot be read is skipped, and what cannot be written is not kept.</remarks>
public sealed class HistoryFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // More than the longest lines of a full history; of a file that somebody else has made bigger only the end is read.
    private const int MaxBytes = 4 * 1024 * 1024;
    private const int Attempts = 100;

    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(10);

    private readonly TimeProvider _time;

    /// <summary>Names the file; it does not have to be there.</summary>
    /// <param name="path">Where it is. Its directory is made when the first line is kept.</param>
    /// <param name="time">For waiting while another process writes.</param>
    /// <param name="limit">So many lines are kept at most.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    public HistoryFile(string path, TimeProvider time, int limit = 1000)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        (Path, _time, Limit) = (System.IO.Path.GetFullPath(path), time, limit);
    }

    /// <summary>Where the file is.</summary>
    public string Path { get; }

    /// <summary>How many lines are kept at most.</summary>
    public int Limit { get; }

    /// <summary>The file for a name (of a peer, say), whatever characters that has, in a directory.</summary>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static HistoryFile Of(string directory, string name, TimeProvider time, int limit = 1000)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var safe = string.Concat(Encoding.UTF8.GetBytes(name).Select(b => (char)b is var c && (char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"%{b:X2}")));
        return new(System.IO.Path.Combine(directory, safe + ".history"), time, limit);
    }

    /// <summary>
    /// Where a program keeps such things for its user: <c>$XDG_STATE_HOME</c> or <c>~/.local/state</c>, local application data on Windows, and there a
    /// directory for the program.
    /// </summary>
    public static string DirectoryOf(string program)
    {
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        var root = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify)
            : System.IO.Path.IsPathRooted(state) ? state
            : System.IO.Path.Combine(home, ".local", "state");
        return System.IO.Path.Combine(root, program);
    }

    /// <summary>Reads the lines, oldest first; none when the file is not there or cannot be read.</summary>
    public IReadOnlyList<string> Read()
    {
        try
        {
            using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Lines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return [];
        }
    }

    /// <summary>Adds lines behind those that are there, and forgets the oldest when there are far too many.</summary>
    /// <returns>Why they could not be kept; null when they were.</returns>
    public async Task<string?> AppendAsync(IReadOnlyCollection<string> lines, CancellationToken cancellationToken)
    {
        var text = string.Concat(lines.Where(line => !line.Contains('\n')).Select(line => line + "\n"));
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                MakeDirectory();
                // Who has this file open may write. The history itself is replaced at times, so it cannot serve as the lock.
                using var writing = Open(Path + ".lock", FileMode.OpenOrCreate, FileShare.None);
                Append(Encoding.UTF8.GetBytes(text));
                return null;
            }
            catch (IOException e) when (attempt < Attempts && File.Exists(Path + ".lock") && e is not (PathTooLongException or DirectoryNotFoundException))
            {
                await Task.Delay(AttemptDelay, _time, cancellationToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                return e.Message;
            }
        }
    }

    private static FileStream Open(string path, FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Private;
        }

        return new FileStream(path, options);
    }

    private void MakeDirectory()
    {
        var directory = System.IO.Path.GetDirectoryName(Path)!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, Private | UnixFileMode.UserExecute);
        }
    }

    private void Append(byte[] bytes)
    {
        using (var file = Open(Path, FileMode.OpenOrCreate, FileShare.Read | FileShare.Delete))
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file.SafeFileHandle, Private);
            }

            // A line that a crash has cut off stays one of its own.
            file.Position = Math.Max(0, file.Length - 1);
            var isCut = file.ReadByte() is not (-1 or '\n');
            file.Position = file.Length;
            file.Write([.. isCut ? "\n"u8 : default, .. bytes]);
            file.Position = 0;
            var lines = Lines(file, int.MaxValue);
            // Not with every line once it is full.
            if (file.Length <= MaxBytes && lines.Count <= 2 * Limit)
            {
                return;
            }
        }

        // Whoever reads finds the old file or the new one, never half of one.
        var replacement = Path + ".new";
        using (var file = Open(replacement, FileMode.Create, FileShare.None))
        {
            file.Write(Encoding.UTF8.GetBytes(string.Concat(Read().Select(line => line + "\n"))));
            file.Flush(flushToDisk: true);
        }

        File.Move(replacement, Path, overwrite: true);
    }

    private ImmutableList<string> Lines(FileStream file, int? limit = null)
    {
        var isWhole = file.Length <= MaxBytes;
        file.Position = isWhole ? 0 : file.Length - MaxBytes;
        using var reader = new StreamReader(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        var text = reader.ReadToEnd();
        var lines = text.Split('\n').Skip(isWhole ? 0 : 1)
            .Where(line => line.Length is > 0 and <= Line.MaxLength && !line.Any(c => char.IsControl(c) || c == '\uFFFD'));
        return LineHistory.Of(lines, limit ?? Limit).Lines;
    }
}
