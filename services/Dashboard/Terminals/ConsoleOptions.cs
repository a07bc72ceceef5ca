namespace ChittyChat.Dashboard.Terminals;

/// <summary>Section <c>Console</c> of the configuration.</summary>
internal sealed class ConsoleOptions
{
    /// <summary>The token with which peers let this page attach to their prompts.</summary>
    /// <value>Default: none, and the page has no terminals.</value>
    public string? Token { get; set; }
}
