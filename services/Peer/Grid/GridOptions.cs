namespace ChittyChat.Peer.Grid;

/// <summary>What a server of the grid is told at its start.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Size">How many servers there are at most; ids are less.</param>
/// <param name="MasterPort">Where the master connects to.</param>
/// <param name="PeerPortBase">Server i listens for the others on this port plus i.</param>
internal sealed record GridOptions(int Id, int Size, int MasterPort, int PeerPortBase);
