using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Commands;

/// <summary><c>list</c>: the shipped scenarios.</summary>
internal static class ListCommand
{
    public static async Task<int> RunAsync(TextWriter output, TextWriter error)
    {
        try
        {
            var scripts = ScriptLibrary.OfProgram.Shipped();
            var width = scripts.Select(script => script.Name.Length).DefaultIfEmpty().Max();
            foreach (var script in scripts)
            {
                await output.WriteLineAsync($"{script.Name.PadRight(width)}  {script.Script.Teaches}");
            }

            return 0;
        }
        catch (ScriptException e)
        {
            await error.WriteLineAsync(e.Message);
            return 2;
        }
    }
}
