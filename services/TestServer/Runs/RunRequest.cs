using System.Collections.Immutable;
using ChittyChat.Contracts.V1;
using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Runs;

/// <summary>What is to be run, and how.</summary>
/// <param name="Name">Names the run's directory.</param>
/// <param name="Text">The script as written, for the record.</param>
/// <param name="Script">The script.</param>
/// <param name="UsesAttending">Whether peers that attend take part, and none is started.</param>
/// <param name="Cast">Who of them plays whom.</param>
/// <param name="Variables">Values that outweigh the script's own.</param>
internal sealed record RunRequest(
    string Name, string Text, Script Script, bool UsesAttending, ImmutableDictionary<string, string> Cast, ImmutableDictionary<string, string> Variables)
{
    /// <summary>A request of a script's text.</summary>
    /// <exception cref="ScriptException">The script has mistakes.</exception>
    public static RunRequest Of(
        string file, string text, bool usesAttending, IReadOnlyDictionary<string, string>? cast = null, IReadOnlyDictionary<string, string>? variables = null) => new(
        NameOf(file), text, ScriptParser.Parse(file, text, [.. (variables ?? ImmutableDictionary<string, string>.Empty).Keys]), usesAttending,
        ImmutableDictionary.CreateRange(cast ?? ImmutableDictionary<string, string>.Empty), ImmutableDictionary.CreateRange(variables ?? ImmutableDictionary<string, string>.Empty));

    /// <summary>A driver's request.</summary>
    /// <exception cref="ScriptException">The script has mistakes.</exception>
    /// <exception cref="FileNotFoundException">There is no such script.</exception>
    public static RunRequest Of(StartRunRequest request, ScriptLibrary scripts)
    {
        var (file, text) = request.ScriptCase == StartRunRequest.ScriptOneofCase.Text ? (request.File is { Length: > 0 } given ? given : "script.chat", request.Text) : scripts.Read(request.Name);
        return Of(file, text, request.Peers == RunPeers.Attending, request.Cast, request.Variables);
    }

    // Also the name of a directory.
    private static string NameOf(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        var harmless = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-')).Trim('-');
        return harmless.Length == 0 ? "script" : harmless;
    }
}
