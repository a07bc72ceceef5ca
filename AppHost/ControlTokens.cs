using System.Security.Cryptography;

namespace ChittyChat.AppHost;

/// <summary>What only this AppHost and the services it starts know; drawn anew at every start.</summary>
internal sealed class ControlTokens
{
    /// <summary>Opens the control endpoint of the peers.</summary>
    public string Control { get; } = Create();

    /// <summary>Opens the prompts of the peers to terminals elsewhere, and to those of the lab's web page.</summary>
    public string Console { get; } = Create();

    /// <summary>Opens the administration of the bootstrap service.</summary>
    public string Admin { get; } = Create();

    /// <summary>Draws a secret of 128 bits, in letters and digits that need no quoting anywhere.</summary>
    internal static string Create() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
