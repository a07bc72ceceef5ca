namespace ChittyChat.CommandLine;

/// <summary>The commands that every command line has.</summary>
public static class StandardCommands
{
    /// <summary>
    /// Registers help, echo, set, unset, variables, sleep, repeat, run (include), expect fail and shell; <c>settings …</c> and <c>log …</c> if there is something
    /// for them to act on.
    /// </summary>
    /// <param name="registry">Where to.</param>
    /// <param name="settings">What <c>settings save</c>, <c>load</c> and <c>show</c> act on.</param>
    /// <param name="log">What <c>log level</c>, <c>on</c>, <c>off</c> and <c>show</c> act on.</param>
    public static void AddStandardCommands(this CommandRegistry registry, SettingsStore? settings = null, LiveLog? log = null)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.RegisterFrom(typeof(GeneralCommands));
        registry.RegisterFrom(typeof(ScriptCommands));
        registry.RegisterFrom(typeof(ShellCommand));
        if (settings is not null)
        {
            registry.RegisterFrom(new SettingsCommands(settings));
        }

        if (log is not null)
        {
            registry.RegisterFrom(new LogCommands(log));
        }
    }
}
