namespace ChittyChat.Peer.Grid;

/// <summary>The server cannot start; the message says why, for people.</summary>
internal sealed class GridStartException(string message) : Exception(message);
