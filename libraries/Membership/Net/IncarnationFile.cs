using System.Globalization;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Membership.Net;

/// <summary>
/// Keeps the incarnation over restarts. Without it a node comes back with incarnation 1, which members that hold it dead at a
/// higher one do not believe until an exchange of state shows the node its former number.
/// </summary>
internal static class IncarnationFile
{
    /// <summary>The incarnation to start with, one more than the kept one, which is kept at once.</summary>
    /// <exception cref="MembershipException">The file exists but cannot be read, or holds something else, or cannot be written.</exception>
    public static Incarnation Begin(string? path)
    {
        if (path is null)
        {
            return new Incarnation(1);
        }

        try
        {
            var next = File.Exists(path) ? Parse(path, File.ReadAllText(path).Trim()).Next() : new Incarnation(1);
            Write(path, next);
            return next;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MembershipException($"The incarnation cannot be kept in '{path}': {e.Message}", e);
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
            Write(path, incarnation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.IncarnationNotKept(e, path);
        }
    }

    private static void Write(string path, Incarnation incarnation)
    {
        File.WriteAllText(path + ".new", incarnation.ToString());
        File.Move(path + ".new", path, overwrite: true);
    }

    private static Incarnation Parse(string path, string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var kept) && kept < uint.MaxValue - 2
            ? new Incarnation(kept)
            : throw new MembershipException(
                $"'{path}' should hold an incarnation, a whole number below {uint.MaxValue - 2}, but holds '{(text.Length > 40 ? text[..40] + "…" : text)}'. Remove it to start over.");
}
