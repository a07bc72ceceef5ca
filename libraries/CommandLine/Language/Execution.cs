namespace ChittyChat.CommandLine;

/// <summary>The surroundings in which a line runs.</summary>
/// <param name="Output">Where it writes.</param>
/// <param name="Json">Whether results are written as JSON.</param>
/// <param name="Script">The script that it stands in; null for a line that was typed.</param>
/// <param name="Depth">How many lines it is nested in.</param>
internal sealed record Execution(IOutput Output, bool Json = false, ScriptFrame? Script = null, int Depth = 0);

/// <summary>A script that is running.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Caller">The script that runs it; null if none does.</param>
internal sealed record ScriptFrame(string Path, ScriptFrame? Caller);
