using System.Globalization;
using ChittyChat.CommandLine.Bench;

// Measures how long a key takes to the screen while output is printed above: method in README.md beside this file.
return args switch
{
    ["prompt", var rate] => await PromptProcess.RunAsync(int.Parse(rate, CultureInfo.InvariantCulture)),
    [] => await Measurement.RunAsync(rate: 1000, keys: 2000),
    [var rate, var keys] => await Measurement.RunAsync(int.Parse(rate, CultureInfo.InvariantCulture), int.Parse(keys, CultureInfo.InvariantCulture)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: CommandLine.Bench [<lines per second> <keys>]");
    return 2;
}
