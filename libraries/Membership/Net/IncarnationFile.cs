using System.Globalization;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Membership.Net;

/// <summary>
/// Keeps the incarnation over restarts. Without it a node comes back with incarnation 1, which members that hold it dead at a
/// higher one do not believe until an exchange of state shows the node its former number.
/// </summary>
internal static class IncarnationFile
{
    /// <summary>The incarnation to start with: one more than the kept one.</summary>
    /// <exception cref="MembershipException">The file exists but cannot be read, or holds something else.</exception>
    public static Incarnation Next(string? path)
    {
        if (path is null || !File.Exists(path))
        {
            return new Incarnation(1);
        }

        try
        {
            var text = File.ReadAllText(path).Trim();
            return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var kept) && kept < uint.MaxValue - 2
                ? new Incarnation(kept).Next()
                : throw new MembershipException($"'{path}' should hold an incarnation, a whole number, but holds '{text}'. Remove it to start over.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MembershipException($"The incarnation in '{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Replaces the kept incarnation in one step.</summary>
    public static void Keep(string? path, Incarnation incarnation, ILogger logger)
    {
        if (path is null)
        {
            return;
        }

        try
        {
            File.WriteAllText(path + ".new", incarnation.ToString());
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.IncarnationNotKept(e, path);
        }
    }
}
