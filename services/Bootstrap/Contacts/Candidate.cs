namespace ChittyChat.Bootstrap;

/// <summary>A peer that asks for a place on the list.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its display name.</param>
/// <param name="Address">Where its membership layer listens.</param>
/// <param name="Uptime">For how long it has been up, as far as the service believes it.</param>
/// <param name="Token">The fingerprint of its token.</param>
internal sealed record Candidate(string Id, string Name, string Address, TimeSpan Uptime, TokenHash Token);
